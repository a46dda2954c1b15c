import { MULAW_BYTES_PER_MS, type SpeechEvent } from '@parley/turn-taking';
import { InboundAudio } from './inbound-audio.js';
import {
  isTimed,
  type SpeechOptions,
  type SpeechSignal,
  type SpeechStream,
  type SpeechToText,
} from './speech-to-text.js';

/** Audio kept while there is no recogniser: 5 s. */
const MAX_KEPT_CHUNKS = 62;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface EarListener {
  /** The moments in it are on the clock of `performance.now()`. */
  speech(event: SpeechEvent): void;
  lost(reason: string): void;
}

/** The caller's frames in, what they say out. A recogniser that is lost is replaced, with growing pauses. */
export class Ear {
  readonly #audio = new InboundAudio((chunk) => this.#hear(chunk));
  #stream: SpeechStream | undefined;
  #kept: Buffer[] = [];
  #reopenAtMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** The moment of the stream's first sample, by the earliest that any of its audio came. */
  #originMs = Infinity;
  #pushedMs = 0;
  #isClosed = false;

  constructor(
    private readonly recogniser: SpeechToText,
    private readonly options: SpeechOptions,
    private readonly listener: EarListener,
  ) {
    this.#open();
  }

  /** How much audio was recognised. */
  get heardMs(): number {
    return this.#audio.receivedMs;
  }

  get gaps(): { count: number; ms: number } {
    return this.#audio.gaps;
  }

  /** Takes one frame; false when it is no audio. */
  frame(timestampMs: number, payload: string): boolean {
    return this.#audio.push(timestampMs, payload);
  }

  /** The recogniser has gone mute. */
  reopen(): void {
    this.#stream?.close();
    this.#open();
  }

  beat(nowMs: number): void {
    this.#stream?.tick(nowMs);
    if (!this.#stream && !this.#isClosed && nowMs >= this.#reopenAtMs) this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#kept = [];
    this.#stream?.close();
    this.#stream = undefined;
  }

  #open(): void {
    this.#originMs = Infinity;
    this.#pushedMs = 0;
    const stream: SpeechStream = this.recogniser.open(this.options, (signal) => this.#take(stream, signal));
    this.#stream = stream;
    const kept = this.#kept;
    this.#kept = [];
    for (const chunk of kept) this.#push(stream, chunk);
  }

  #hear(chunk: Buffer): void {
    if (this.#stream) return this.#push(this.#stream, chunk);
    this.#kept.push(chunk);
    if (this.#kept.length > MAX_KEPT_CHUNKS) this.#kept.shift();
  }

  #push(stream: SpeechStream, chunk: Buffer): void {
    this.#pushedMs += chunk.length / MULAW_BYTES_PER_MS;
    this.#originMs = Math.min(this.#originMs, performance.now() - this.#pushedMs);
    stream.push(chunk);
  }

  #take(from: SpeechStream, signal: SpeechSignal): void {
    if (this.#isClosed || (this.#stream && this.#stream !== from)) return;
    if (signal.kind === 'lost') return this.#lose(signal.reason);
    this.#pauseMs = FIRST_PAUSE_MS;
    if (!isTimed(signal) || signal.lastWordEndMs === undefined) return this.listener.speech(signal);
    // Nobody has said yet what a recogniser tells of the future.
    const endMs = this.#originMs + Math.max(0, signal.lastWordEndMs);
    this.listener.speech({ ...signal, lastWordEndMs: Math.min(endMs, performance.now()) });
  }

  #lose(reason: string): void {
    this.#stream = undefined;
    this.#reopenAtMs = performance.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.listener.lost(reason);
  }
}
