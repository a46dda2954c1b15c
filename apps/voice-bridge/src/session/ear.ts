import { MULAW_BYTES_PER_MS, type RecogniserEvent } from '@parley/turn-taking';
import { InboundAudio } from './inbound-audio.js';
import { KeptAudio } from '../speech-to-text/kept-audio.js';
import {
  isTimed,
  type RecogniserOptions,
  type RecogniserSignal,
  type RecogniserStream,
  type SpeechToText,
} from '../speech-to-text/speech-to-text.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
/** A recogniser that stays away for this long, with a second attempt at least, is taken for unavailable. */
const UNAVAILABLE_AFTER_MS = 2_000;
/** A connection that is lost after standing for this long does not count as a failed attempt. */
const STOOD_MS = 10_000;
/** One that says nothing for this long while the caller can be heard has gone mute: it usually says something every 250 ms. */
const MUTE_MS = 3_000;

export interface EarListener {
  /** The moments in it are on the clock of `performance.now()`. */
  speech(event: RecogniserEvent): void;
  lost(reason: string): void;
  /** No recogniser is available; called again at each further failure. */
  unavailable(): void;
}

/** The caller's frames in, what they say out. A recogniser that is lost is replaced, with growing pauses. */
export class Ear {
  readonly #audio = new InboundAudio((piece) => this.#hear(piece));
  #stream: RecogniserStream | undefined;
  /** Audio to which no recogniser has reacted: the next one gets it again. */
  readonly #unheard = new KeptAudio();
  #reopenAtMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** The moment of the stream's first sample, by the earliest that any of its audio came. */
  #originMs = Infinity;
  #pushedMs = 0;
  #openedAtMs = 0;
  /** Since when a recogniser owes a sign of life. */
  #owesSinceMs: number | undefined;
  #failures = 0;
  #failingSinceMs = 0;
  #isClosed = false;

  constructor(
    private readonly recogniser: SpeechToText,
    private readonly options: RecogniserOptions,
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
    this.#unheard.take();
    this.#stream?.close();
    this.#stream = undefined;
  }

  #open(): void {
    this.#originMs = Infinity;
    this.#pushedMs = 0;
    const stream: RecogniserStream = this.recogniser.open(this.options, (signal) =>
      this.#take(stream, signal),
    );
    this.#stream = stream;
    this.#openedAtMs = performance.now();
    this.#owesSinceMs = undefined;
    for (const piece of this.#unheard.pieces) this.#push(stream, piece);
  }

  #hear(piece: Buffer): void {
    this.#unheard.add(piece);
    if (!this.#stream) return;
    this.#push(this.#stream, piece);
    this.#watch(this.#stream, performance.now());
  }

  #push(stream: RecogniserStream, piece: Buffer): void {
    this.#pushedMs += piece.length / MULAW_BYTES_PER_MS;
    this.#originMs = Math.min(this.#originMs, performance.now() - this.#pushedMs);
    stream.push(piece);
  }

  /** Judged while audio flows: without any there is nothing to react to. */
  #watch(stream: RecogniserStream, nowMs: number): void {
    if (this.#audio.isSounding) this.#owesSinceMs ??= nowMs;
    const sinceMs = this.#owesSinceMs;
    if (sinceMs === undefined || nowMs - sinceMs < MUTE_MS) return;
    // After a stall of this process its words may be there and not read: read first.
    setImmediate(() => {
      if (this.#isClosed || this.#stream !== stream || this.#owesSinceMs !== sinceMs) return;
      stream.close();
      this.#lose('it has gone mute');
    });
  }

  #take(from: RecogniserStream, signal: RecogniserSignal): void {
    if (this.#isClosed || (this.#stream && this.#stream !== from)) return;
    if (signal.kind === 'lost') return this.#lose(signal.reason);
    this.#unheard.take();
    this.#owesSinceMs = undefined;
    this.#failures = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (signal.kind === 'alive') return;
    if (signal.kind === 'end-of-turn') this.#audio.turnIsOver();
    if (!isTimed(signal) || signal.lastWordEndMs === undefined) return this.listener.speech(signal);
    // A recogniser's timestamps can run ahead of the audio: no word has ended later than now.
    const endMs = this.#originMs + Math.max(0, signal.lastWordEndMs);
    this.listener.speech({ ...signal, lastWordEndMs: Math.min(endMs, performance.now()) });
  }

  #lose(reason: string): void {
    const nowMs = performance.now();
    this.#stream = undefined;
    if (nowMs - this.#openedAtMs >= STOOD_MS) this.#failures = 0;
    this.#failures += 1;
    if (this.#failures === 1) this.#failingSinceMs = nowMs;
    this.#reopenAtMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.listener.lost(reason);
    if (this.#failures > 1 && nowMs - this.#failingSinceMs >= UNAVAILABLE_AFTER_MS)
      this.listener.unavailable();
  }
}
