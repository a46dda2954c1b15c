import { messageOf } from '@parley/resilience';
import { AudioBuffer } from '../audio-buffer.js';
import type { RecogniserSignal, RecogniserStream } from '../speech-to-text.js';

/** The methods of the SDK's two Deepgram sockets that we use. */
export interface DeepgramSocket {
  readonly readyState: number;
  on(event: 'open', listener: () => void): void;
  on(event: 'message', listener: (message: unknown) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  on(event: 'close', listener: (event: { code?: number; reason?: string }) => void): void;
  sendMedia(audio: ArrayBufferView): void;
  connect(): unknown;
  close(): void;
}

const OPEN = 1;
const KEEPALIVE_MS = 4_000;

export interface DeepgramConnectionOptions<S extends DeepgramSocket> {
  /** Resolves at once: the SDK's sockets connect only on `connect()`. */
  readonly make: () => Promise<S>;
  /** Translates one message into signals; returns none for a message of another type. */
  readonly read: (message: unknown) => readonly RecogniserSignal[];
  /** Sends a keepalive after some seconds without audio, if the interface has one. */
  readonly keepAlive?: (socket: S) => void;
  /** Ends the stream before its socket closes, so that the vendor stops billing. */
  readonly end: (socket: S) => void;
}

/** One connection to Deepgram. It never reconnects; its owner opens another one. */
export class DeepgramConnection<S extends DeepgramSocket> implements RecogniserStream {
  #socket: S | undefined;
  /**
   * Audio that arrived before the connection was open. The call session also holds it, but cannot know when a vendor's
   * connection opens, because the first signal comes with the first speech.
   */
  readonly #waiting = new AudioBuffer();
  #isOver = false;
  #pushedAtMs = 0;
  #hasPushed = false;

  constructor(
    private readonly options: DeepgramConnectionOptions<S>,
    private readonly onSignal: (signal: RecogniserSignal) => void,
  ) {
    this.#connect().catch((error: unknown) => this.#lose(messageOf(error)));
  }

  push(piece: Buffer): void {
    this.#hasPushed = true;
    if (this.#isOver) return;
    if (this.#socket?.readyState === OPEN) {
      this.#socket.sendMedia(piece);
      return;
    }
    this.#waiting.add(piece);
  }

  tick(nowMs: number): void {
    if (this.#hasPushed) this.#pushedAtMs = nowMs;
    this.#hasPushed = false;
    if (nowMs - this.#pushedAtMs < KEEPALIVE_MS) return;
    this.#pushedAtMs = nowMs;
    if (this.#socket?.readyState === OPEN) this.options.keepAlive?.(this.#socket);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting.take();
    const socket = this.#socket;
    if (!socket) return;
    if (socket.readyState === OPEN) this.options.end(socket);
    socket.close();
  }

  async #connect(): Promise<void> {
    const socket = await this.options.make();
    if (this.#isOver) return;
    this.#socket = socket;
    socket.on('open', () => this.#flush(socket));
    socket.on('message', (message) => {
      for (const signal of this.options.read(message)) this.#pass(signal);
    });
    socket.on('error', (error) => this.#lose(error.message));
    socket.on('close', ({ code, reason }) => this.#lose(`closed ${code ?? ''} ${reason ?? ''}`.trim()));
    socket.connect();
  }

  #flush(socket: S): void {
    const waiting = this.#waiting.take();
    if (this.#isOver) return;
    for (const piece of waiting) socket.sendMedia(piece);
  }

  #pass(signal: RecogniserSignal): void {
    if (signal.kind === 'lost') this.#lose(signal.reason);
    else if (!this.#isOver) this.onSignal(signal);
  }

  /** Reports the loss once, although the SDK may report an end more than once. */
  #lose(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting.take();
    this.#socket?.close();
    this.onSignal({ kind: 'lost', reason });
  }
}
