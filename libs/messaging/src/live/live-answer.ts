import type { LiveRequestContract } from '@parley/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { z } from 'zod';
import { checkStrictly } from '../codec/strict-parse.js';
import { encodeWithin } from '../rpc/payload-limit.js';
import type { LiveFrame } from './live-frame.js';

type Unnumbered<F> = F extends unknown ? Omit<F, 'n'> : never;

/** The answer to one live request, while a handler produces it. */
export class LiveAnswer<C extends LiveRequestContract = LiveRequestContract> {
  readonly #message: Msg;
  readonly #connection: NatsConnection;
  readonly #stop = new AbortController();
  #n = 0;
  #hasSentFrame = false;

  constructor(
    readonly contract: C,
    message: Msg,
    connection: NatsConnection,
  ) {
    this.#message = message;
    this.#connection = connection;
  }

  /** Aborts when this process stops or the connection is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Sends a part of the answer.
   * @throws RpcFailure `too-large` when the part does not fit into a message; nothing is sent then
   */
  send(chunk: z.output<C['chunk']>): void {
    checkStrictly(this.contract.chunk, chunk, `A part of the answer on ${this.#message.subject}`);
    this.sendFrame({ kind: 'chunk', data: chunk });
  }

  /** Sends a frame. Only the server calls this method. */
  sendFrame(frame: Unnumbered<LiveFrame>): void {
    const what = `A part of the answer on ${this.#message.subject}`;
    const payload = encodeWithin(this.#connection, { ...frame, n: this.#n }, what);
    try {
      this.#message.respond(payload);
    } catch {
      return this.giveUp();
    }
    this.#n += 1;
    this.#hasSentFrame = true;
  }

  /** Sends a sign of life, unless a frame was sent since the last call. */
  showLife(): void {
    if (!this.#hasSentFrame) this.sendFrame({ kind: 'alive' });
    this.#hasSentFrame = false;
  }

  giveUp(): void {
    this.#stop.abort();
  }
}
