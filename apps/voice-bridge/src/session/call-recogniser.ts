import { MULAW_BYTES_PER_MS, type RecogniserEvent } from '@parley/turn-taking';
import { InboundAudio } from './inbound-audio.js';
import { AudioBuffer } from '../speech-to-text/audio-buffer.js';
import {
  isTimed,
  type RecogniserOptions,
  type RecogniserSignal,
  type RecogniserStream,
  type SpeechToText,
} from '../speech-to-text/speech-to-text.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
/** A recogniser counts as unavailable after failing for this long, and at least twice. */
const UNAVAILABLE_AFTER_MS = 2_000;
/** A connection that worked for this long does not count as a failed attempt when it is lost. */
const WORKED_MS = 10_000;
/**
 * A recogniser that reports nothing for this long while the caller makes sound is mute. A working one reports every 250
 * ms.
 */
const MUTE_MS = 3_000;

export interface CallRecogniserListener {
  /** Moments are on the clock of `performance.now()`. */
  recognised(event: RecogniserEvent): void;
  lost(reason: string): void;
  /** Called when no recogniser is available, and again after each further failure. */
  unavailable(): void;
}

/** Sends the caller's audio to a recogniser and reports its transcripts. Replaces a lost recogniser, with growing pauses. */
export class CallRecogniser {
  readonly #audio = new InboundAudio((piece) => this.#send(piece));
  #stream: RecogniserStream | undefined;
  /** Audio that no recogniser has confirmed with a signal. The next recogniser gets it again. */
  readonly #unconfirmed = new AudioBuffer();
  #reopenAtMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** The moment of the stream's first sample, computed from the piece that arrived with the least delay. */
  #originMs = Infinity;
  #pushedMs = 0;
  #openedAtMs = 0;
  /** Since when the recogniser should have reported something. */
  #owesSinceMs: number | undefined;
  #failures = 0;
  #failingSinceMs = 0;
  #isClosed = false;

  constructor(
    private readonly recogniser: SpeechToText,
    private readonly options: RecogniserOptions,
    private readonly listener: CallRecogniserListener,
  ) {
    this.#open();
  }

  /** Returns how much audio arrived, including filled gaps and audio that no recogniser was open to take. */
  get receivedMs(): number {
    return this.#audio.receivedMs;
  }

  get gaps(): { count: number; ms: number } {
    return this.#audio.gaps;
  }

  /** Takes one frame. Returns false if it is not audio. */
  frame(timestampMs: number, payload: string): boolean {
    return this.#audio.push(timestampMs, payload);
  }

  /** Replaces a mute recogniser. */
  reopen(): void {
    this.#stream?.close();
    this.#open();
  }

  tick(nowMs: number): void {
    this.#stream?.tick(nowMs);
    if (!this.#stream && !this.#isClosed && nowMs >= this.#reopenAtMs) this.#open();
  }

  close(): void {
    this.#isClosed = true;
    this.#unconfirmed.take();
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
    for (const piece of this.#unconfirmed.pieces) this.#push(stream, piece);
  }

  #send(piece: Buffer): void {
    this.#unconfirmed.add(piece);
    if (!this.#stream) return;
    this.#push(this.#stream, piece);
    this.#watch(this.#stream, performance.now());
  }

  #push(stream: RecogniserStream, piece: Buffer): void {
    this.#pushedMs += piece.length / MULAW_BYTES_PER_MS;
    this.#originMs = Math.min(this.#originMs, performance.now() - this.#pushedMs);
    stream.push(piece);
  }

  /**
   * Replaces a mute recogniser. Runs only while audio flows, because without audio a recogniser has nothing to report.
   */
  #watch(stream: RecogniserStream, nowMs: number): void {
    if (this.#audio.isSounding) this.#owesSinceMs ??= nowMs;
    const sinceMs = this.#owesSinceMs;
    if (sinceMs === undefined || nowMs - sinceMs < MUTE_MS) return;
    // Waits until the reports that arrived during a stall of this process have been read.
    setImmediate(() => {
      if (this.#isClosed || this.#stream !== stream || this.#owesSinceMs !== sinceMs) return;
      stream.close();
      this.#lose('the recogniser is mute');
    });
  }

  #take(from: RecogniserStream, signal: RecogniserSignal): void {
    if (this.#isClosed || (this.#stream && this.#stream !== from)) return;
    if (signal.kind === 'lost') return this.#lose(signal.reason);
    this.#unconfirmed.take();
    this.#owesSinceMs = undefined;
    this.#failures = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
    if (signal.kind === 'alive') return;
    if (signal.kind === 'end-of-turn') this.#audio.onTurnEnded();
    if (!isTimed(signal) || signal.lastWordEndMs === undefined) return this.listener.recognised(signal);
    // A recogniser's timestamps can run ahead of the audio: no word has ended later than now.
    const endMs = this.#originMs + Math.max(0, signal.lastWordEndMs);
    this.listener.recognised({ ...signal, lastWordEndMs: Math.min(endMs, performance.now()) });
  }

  #lose(reason: string): void {
    const nowMs = performance.now();
    this.#stream = undefined;
    if (nowMs - this.#openedAtMs >= WORKED_MS) this.#failures = 0;
    this.#failures += 1;
    if (this.#failures === 1) this.#failingSinceMs = nowMs;
    this.#reopenAtMs = nowMs + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.listener.lost(reason);
    if (this.#failures > 1 && nowMs - this.#failingSinceMs >= UNAVAILABLE_AFTER_MS)
      this.listener.unavailable();
  }
}
