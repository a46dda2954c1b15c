import type { SpokenText } from '@parley/turn-taking';
import type { PhoneLine } from './phone-line.js';
import type {
  TextToSpeech,
  VoiceOptions,
  VoiceSignal,
  VoiceStream,
} from '../text-to-speech/text-to-speech.js';
import { type SpeechListener, TurnSpeech } from './turn-speech.js';

/** How often the voice is told the time: enough for its keepalives. */
const VOICE_TICK_MS = 500;

/** Sentences in, paced sound out: one turn after the other through one voice. */
export class Mouth {
  readonly #voice: VoiceStream;
  #turn: TurnSpeech | undefined;
  /** Of the turn before. */
  #generation = 0;
  #isClosed = false;
  #voiceTickAtMs = 0;

  constructor(
    voice: TextToSpeech,
    private readonly options: VoiceOptions,
    private readonly line: PhoneLine,
    private readonly listener: SpeechListener,
  ) {
    this.#voice = voice.open(options, (signal) => this.#take(signal));
  }

  /** @param whenKept until then the voice does not get it */
  speak(turnNo: number, sentence: string, whenKept: Promise<void>): void {
    this.#turnOf(turnNo).speak(sentence, whenKept);
  }

  /** Says something before the text of a turn that is late. */
  fill(turnNo: number, text: string): void {
    this.#turnOf(turnNo).fill(text);
  }

  /** No more text follows. A turn without any is over at once. */
  finish(turnNo: number): void {
    this.#turnOf(turnNo).finish();
  }

  suspend(turnNo: number, nowMs: number): void {
    this.#find(turnNo)?.suspend(nowMs);
  }

  resume(turnNo: number, nowMs: number): void {
    this.#find(turnNo)?.resume(nowMs);
  }

  /** Ends a turn and tells what was said of it; what was not heard of one that is cut is dropped. */
  close(turnNo: number, nowMs: number, wasCut: boolean): SpokenText {
    const turn = this.#find(turnNo);
    if (!turn) return { reply: '', heard: '', heardMs: 0 };
    const said = wasCut ? turn.cut(nowMs) : turn.end();
    this.#generation = turn.generation;
    this.#turn = undefined;
    return said;
  }

  /** What the turn under way says, and how far it has been heard. */
  underWay(nowMs: number): (SpokenText & { turnNo: number; generation: number }) | undefined {
    const turn = this.#turn;
    return turn && { turnNo: turn.turnNo, generation: turn.generation, ...turn.heard(nowMs) };
  }

  mark(name: string, nowMs: number): void {
    this.#turn?.mark(name, nowMs);
  }

  beat(nowMs: number): void {
    if (nowMs >= this.#voiceTickAtMs) {
      this.#voiceTickAtMs = nowMs + VOICE_TICK_MS;
      this.#voice.tick(nowMs);
    }
    this.#turn?.beat(nowMs);
  }

  shut(): void {
    this.#isClosed = true;
    this.#voice.close();
  }

  #turnOf(turnNo: number): TurnSpeech {
    const current = this.#find(turnNo);
    if (current) return current;
    this.#turn?.drop();
    this.#generation = Math.max(this.#generation, this.#turn?.generation ?? 0) + 1;
    this.#turn = new TurnSpeech(turnNo, {
      generation: this.#generation,
      language: this.options.languages[0],
      voice: this.#voice,
      line: this.line,
      listener: this.listener,
      now: () => performance.now(),
    });
    return this.#turn;
  }

  #find(turnNo: number): TurnSpeech | undefined {
    return this.#turn?.turnNo === turnNo ? this.#turn : undefined;
  }

  #take(signal: VoiceSignal): void {
    const turn = this.#turn;
    if (this.#isClosed || !turn) return;
    if (signal.kind !== 'lost') return turn.take(signal, performance.now());
    if (signal.utterances.includes(turn.utteranceId)) turn.lose(signal.reason);
  }
}
