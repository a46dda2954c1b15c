import { AudioStepDecoder, type AudioStep, type RecognisedWord } from './audio-step-decoder.js';

export interface FluxThresholds {
  readonly eotThreshold: number;
  /** Null disables eager events. */
  readonly eagerEotThreshold: number | null;
  readonly eotTimeoutMs: number;
}

export type FluxEvent = 'Update' | 'StartOfTurn' | 'EagerEndOfTurn' | 'TurnResumed' | 'EndOfTurn';

/** Deepgram's `TurnInfo` without the fields that the socket adds. */
export interface TurnInfo {
  readonly type: 'TurnInfo';
  readonly event: FluxEvent;
  readonly turn_index: number;
  readonly audio_window_start: number;
  readonly audio_window_end: number;
  readonly transcript: string;
  readonly words: readonly { word: string; confidence: number; start: number; end: number }[];
  readonly end_of_turn_confidence: number;
  readonly trigger?: 'model' | 'manual' | 'timeout';
}

const UPDATE_MS = 250;
/** A word of at least this length cancels an eager end of turn. */
const RESUME_MS = 60;
const CONFIDENCE = 0.98;
/** A last word like this halves the confidence, since the sentence seems unfinished. */
const UNFINISHED = /[,…-]$/u;

/** Detects turns as Flux does: converts audio to `TurnInfo` events. Time is the position in the audio, not the clock. */
export class FluxRecogniser {
  private readonly steps = new AudioStepDecoder();
  private nowMs = 0;
  private words: RecognisedWord[] = [];
  private turnIndex = 0;
  private windowStartMs = 0;
  private lastInfoMs = 0;
  private isOpen = false;
  private isEager = false;
  private infos: TurnInfo[] = [];

  constructor(
    public thresholds: FluxThresholds,
    /** After this silence the confidence reaches 0.7. */
    private readonly endOfTurnSilenceMs: number,
  ) {}

  /** Milliseconds of audio processed so far. */
  get audioMs(): number {
    return this.nowMs;
  }

  push(audio: Uint8Array): TurnInfo[] {
    for (const step of this.steps.push(audio)) this.step(step);
    return this.takeInfos();
  }

  /** Ends the open turn, if there is one. */
  forceEnd(): TurnInfo[] {
    if (this.isOpen) this.endTurn('manual', 1);
    return this.takeInfos();
  }

  private takeInfos(): TurnInfo[] {
    const { infos } = this;
    this.infos = [];
    return infos;
  }

  private step(step: AudioStep): void {
    const { atMs, words, currentWordStartMs } = step;
    this.nowMs = atMs;
    const resumes =
      words.length > 0 || (currentWordStartMs !== null && atMs - currentWordStartMs >= RESUME_MS);
    if (this.isEager && resumes) {
      this.isEager = false;
      this.report('TurnResumed', 0);
    }
    this.words.push(...words);
    if (!this.isOpen && this.words.length > 0) {
      this.isOpen = true;
      this.report('StartOfTurn', 0);
    }
    const silenceMs = currentWordStartMs === null ? atMs - (this.words.at(-1)?.endMs ?? atMs) : 0;
    if (this.isOpen) this.decide(silenceMs);
    if (atMs - this.lastInfoMs >= UPDATE_MS)
      this.report('Update', this.isOpen ? this.confidence(silenceMs) : 0);
  }

  private decide(silenceMs: number): void {
    const { eotThreshold, eagerEotThreshold, eotTimeoutMs } = this.thresholds;
    const confidence = this.confidence(silenceMs);
    if (confidence >= eotThreshold) this.endTurn('model', confidence);
    else if (silenceMs >= eotTimeoutMs) this.endTurn('timeout', confidence);
    else if (!this.isEager && eagerEotThreshold !== null && confidence >= eagerEotThreshold) {
      this.isEager = true;
      this.report('EagerEndOfTurn', confidence);
    }
  }

  private confidence(silenceMs: number): number {
    const halfwayMs = (this.endOfTurnSilenceMs * 3) / 7;
    const confidence = silenceMs / (silenceMs + halfwayMs);
    const isUnfinished = UNFINISHED.test(this.words.at(-1)?.text ?? '');
    return Math.max(0, isUnfinished ? confidence / 2 : confidence);
  }

  private endTurn(trigger: 'model' | 'manual' | 'timeout', confidence: number): void {
    this.report('EndOfTurn', confidence, trigger);
    this.isOpen = false;
    this.isEager = false;
    this.words = [];
    this.turnIndex += 1;
    this.windowStartMs = this.audioMs;
  }

  private report(event: FluxEvent, confidence: number, trigger?: 'model' | 'manual' | 'timeout'): void {
    this.lastInfoMs = this.audioMs;
    this.infos.push({
      type: 'TurnInfo',
      event,
      turn_index: this.turnIndex,
      audio_window_start: this.windowStartMs / 1_000,
      audio_window_end: this.audioMs / 1_000,
      transcript: this.words.map(({ text }) => text).join(' '),
      words: this.words.map(({ text, startMs, endMs }) => ({
        word: text,
        confidence: CONFIDENCE,
        start: Math.round(startMs) / 1_000,
        end: Math.round(endMs) / 1_000,
      })),
      end_of_turn_confidence: Math.round(confidence * 1_000) / 1_000,
      ...(trigger === undefined ? {} : { trigger }),
    });
  }
}
