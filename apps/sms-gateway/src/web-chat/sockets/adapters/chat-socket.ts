import { type RawData, WebSocket } from 'ws';
import type { ClosingReason, ServerFrame } from '../../frames/server-frames.js';
import { ChatOutput } from '../chat-output.js';

/** A client that lags behind by more bytes gets no live frames. */
const MAX_LIVE_LAG_BYTES = 64 * 1024;
const MAX_UNSENT_BYTES = 2 * 1024 * 1024;
/** A client reconnects after a random time up to this, so that not all do at once. */
const RECONNECT_SPREAD_MS = 2_000;
/** The most frames of any kind in ten seconds. */
const MAX_FRAMES_PER_WINDOW = 100;
const WINDOW_MS = 10_000;

/** Close codes of the sub-protocol; 1012 is the standard's "service restart". */
const CLOSE_CODES: Readonly<Record<ClosingReason, number>> = {
  'session-expired': 4401,
  'malformed-frames': 4400,
  'too-many-frames': 4429,
  'slow-reader': 4408,
  restart: 1012,
};

/** Writes frames to a WebSocket, and counts the frames that arrive on it. */
export class ChatSocket extends ChatOutput {
  #isAlive = true;
  #frames = 0;
  #windowFromMs = performance.now();
  #unsent = 0;
  #slowTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    /** A client that takes nothing for this long is disconnected. */
    private readonly slowReaderMs: number,
  ) {
    super();
  }

  /** Passes text frames on while they arrive no faster than a client sends them. */
  listen(receive: (text: string) => void, closed: () => void): void {
    this.socket.on('message', (data: RawData, isBinary: boolean) => {
      // By default `ws` passes one Buffer per message.
      if (this.#checkRate()) receive(isBinary ? '' : (data as Buffer).toString());
    });
    // A ping costs as much as a frame, and `ws` answers each.
    this.socket.on('ping', () => this.#checkRate());
    this.socket.on('pong', () => {
      this.#isAlive = true;
      this.#checkRate();
    });
    this.socket.on('close', () => {
      clearTimeout(this.#slowTimer);
      closed();
    });
  }

  send(frames: readonly ServerFrame[]): Promise<void> {
    if (frames.length === 0 || !this.#isOpen) return Promise.resolve();
    if (this.socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.close('slow-reader');
      return Promise.resolve();
    }
    this.#unsent += 1;
    this.#slowTimer ??= setTimeout(() => this.close('slow-reader'), this.slowReaderMs);
    return new Promise((resolve) => {
      for (const frame of frames.slice(0, -1)) this.#write(frame);
      this.socket.send(JSON.stringify(frames.at(-1)), () => {
        this.#sent();
        resolve();
      });
    });
  }

  sendLive(frame: ServerFrame): void {
    if (this.#isOpen && this.socket.bufferedAmount < MAX_LIVE_LAG_BYTES) this.#write(frame);
  }

  keepAlive(): void {
    // `ws` itself ends a socket whose client does not answer our close.
    if (!this.#isOpen) return;
    if (!this.#isAlive) return this.socket.terminate();
    this.#isAlive = false;
    this.socket.ping();
  }

  close(reason: ClosingReason): void {
    if (!this.#isOpen) return;
    const isToRetry = reason === 'restart' || reason === 'slow-reader';
    const retryAfterMs = isToRetry ? Math.round(Math.random() * RECONNECT_SPREAD_MS) : 0;
    this.#write({ type: 'closing', reason, retryAfterMs });
    this.socket.close(CLOSE_CODES[reason], reason);
  }

  get #isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  #write(frame: ServerFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  #sent(): void {
    this.#unsent -= 1;
    if (this.#unsent > 0) return void this.#slowTimer?.refresh();
    clearTimeout(this.#slowTimer);
    this.#slowTimer = undefined;
  }

  #checkRate(): boolean {
    if (!this.#isOpen) return false;
    const nowMs = performance.now();
    if (nowMs - this.#windowFromMs > WINDOW_MS) {
      this.#windowFromMs = nowMs;
      this.#frames = 0;
    }
    this.#frames += 1;
    if (this.#frames <= MAX_FRAMES_PER_WINDOW) return true;
    this.close('too-many-frames');
    return false;
  }
}
