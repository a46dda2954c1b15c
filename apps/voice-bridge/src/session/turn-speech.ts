import {
  DEFAULT_PLAYBACK_POLICY,
  heardInAll,
  heardSoFar,
  newSpeech,
  type Speech,
  type SpeechChange,
  type SpokenText,
  stepSpeech,
  utteranceIdOf,
} from '@parley/turn-taking';
import type { VoiceSignal } from '../text-to-speech/text-to-speech.js';
import { SpeechActions, type SpeechActionsParts } from './speech-actions.js';

export interface TurnSpeechParts extends SpeechActionsParts {
  /** The generation of the turn's playback: higher than any earlier one of this call. */
  readonly generation: number;
  readonly language: string;
  /** The clock of every `nowMs`. */
  readonly now: () => number;
}

/** Runs `stepSpeech` for one turn: what happens to its text and its audio becomes an input. */
export class TurnSpeech {
  readonly turnNo: number;
  readonly #actions: SpeechActions;
  #speech: Speech;
  #sentences = 0;

  constructor(private readonly parts: TurnSpeechParts) {
    this.turnNo = parts.turnNo;
    this.#actions = new SpeechActions(parts);
    this.#speech = newSpeech(parts.turnNo, parts.generation, parts.language);
  }

  get utteranceId(): string {
    return utteranceIdOf(this.#speech);
  }

  get generation(): number {
    return this.#speech.playback.generation;
  }

  /** @param whenStored the voice gets the sentence after this settles */
  speak(text: string, whenStored: Promise<void>): void {
    const sentenceNo = ++this.#sentences;
    this.#step({ kind: 'sentence', sentenceNo, text });
    whenStored
      .then(() => this.#step({ kind: 'stored', sentenceNo }))
      .catch((error: unknown) => this.parts.listener.failed(this.turnNo, String(error)));
  }

  /** Plays a filler before the text of a late reply. */
  fill(text: string): void {
    this.#step({ kind: 'filler', text });
  }

  /** Marks the text of the turn as complete. A turn without text ends at once. */
  finish(): void {
    this.#step({ kind: 'text-complete' });
  }

  suspend(nowMs: number): void {
    this.#step({ kind: 'suspend' }, nowMs);
  }

  resume(nowMs: number): void {
    this.#step({ kind: 'resume', heldFromByte: this.#actions.heldFromByte }, nowMs);
  }

  heard(nowMs: number): SpokenText {
    return heardSoFar(this.#speech, nowMs);
  }

  /** Ends a turn that was played to its end. */
  end(): SpokenText {
    this.#step({ kind: 'end' });
    return heardInAll(this.#speech);
  }

  /** Ends a turn and drops the audio that was not heard. */
  cut(nowMs: number): SpokenText {
    this.#step({ kind: 'cut' }, nowMs);
    return heardSoFar(this.#speech, nowMs);
  }

  drop(): void {
    this.#step({ kind: 'drop' });
  }

  mark(name: string, nowMs: number): void {
    this.#step({ kind: 'mark', name }, nowMs);
  }

  tick(nowMs: number): void {
    this.#step({ kind: 'tick' }, nowMs);
  }

  take(signal: Exclude<VoiceSignal, { kind: 'lost' }>, nowMs: number): void {
    const { utterance: utteranceId } = signal;
    if (signal.kind === 'finished') return this.#step({ kind: 'audio-complete', utteranceId }, nowMs);
    this.#step({ kind: 'audio', utteranceId, chunk: signal.chunk }, nowMs, signal.audio);
  }

  lose(reason: string): void {
    this.#step({ kind: 'voice-lost', reason });
  }

  #step(change: SpeechChange, atMs = this.parts.now(), audio?: Buffer): void {
    const input = { ...change, atMs, isWritable: this.parts.media.isWritable };
    const { speech, outputs } = stepSpeech(this.#speech, input, DEFAULT_PLAYBACK_POLICY);
    this.#speech = speech;
    for (const output of outputs) this.#actions.do(output, audio);
  }
}
