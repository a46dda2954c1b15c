import type { ServerResponse } from 'node:http';
import type { ClosingReason, ServerFrame } from '../frames/server-frames.js';
import { ChatOutput } from '../sockets/chat-output.js';

/** A client that lags behind by more bytes gets no live frames. */
const MAX_LIVE_LAG_BYTES = 64 * 1024;
const RECONNECT_MS = 1_000;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // A proxy that buffers would hold events back.
  'x-accel-buffering': 'no',
};

/** Writes frames as server-sent events: the type of a frame is the event's name, and a message's position its id. */
export class EventStream extends ChatOutput {
  #isClosed = false;

  constructor(
    private readonly response: ServerResponse,
    /** A client that takes nothing for this long is disconnected. */
    private readonly slowReaderMs: number,
  ) {
    super();
  }

  /** Begins the answer. `closed` is called when the client has gone, or we have closed the stream. */
  open(closed: () => void): void {
    this.response.on('close', () => {
      this.#isClosed = true;
      closed();
    });
    this.response.on('error', () => undefined);
    this.response.writeHead(200, HEADERS);
    this.response.write(`retry: ${RECONNECT_MS}\n\n`);
  }

  async send(frames: readonly ServerFrame[]): Promise<void> {
    if (this.#isClosed || frames.length === 0) return;
    if (!this.response.write(frames.map(eventOf).join(''))) await this.#drained();
  }

  sendLive(frame: ServerFrame): void {
    const isBehind = this.response.writableLength > MAX_LIVE_LAG_BYTES;
    if (!this.#isClosed && !isBehind) this.response.write(eventOf(frame));
  }

  keepAlive(): void {
    if (!this.#isClosed) this.response.write(': keep-alive\n\n');
  }

  close(reason: ClosingReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.response.end(eventOf({ type: 'closing', reason, retryAfterMs: RECONNECT_MS }));
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.response.off('drain', done);
        this.response.off('close', done);
        resolve();
      };
      const timer = setTimeout(() => this.response.destroy(), this.slowReaderMs);
      this.response.once('drain', done);
      this.response.once('close', done);
    });
  }
}

function eventOf({ type, ...data }: ServerFrame): string {
  const id = 'message' in data ? `id: ${data.message.conversationId}/${data.message.seq}\n` : '';
  const body = 'message' in data ? data.message : data;
  return `event: ${type}\n${id}data: ${JSON.stringify(body)}\n\n`;
}
