import type { LiveRequestContract } from '@parley/contracts';
import type { Msg } from '@nats-io/transport-node';
import type { z } from 'zod';
import { checkStrictly } from '../codec/strict-parse.js';
import type { LiveFrame } from './live-frame.js';

type Unnumbered<F> = F extends unknown ? Omit<F, 'n'> : never;

/** The answer to one live question, while it is made. */
export class LiveAnswer<C extends LiveRequestContract = LiveRequestContract> {
  readonly #contract: C;
  readonly #message: Msg;
  readonly #stop = new AbortController();
  #n = 0;
  #hasSaidSomething = false;

  constructor(contract: C, message: Msg) {
    this.#contract = contract;
    this.#message = message;
  }

  /** Aborted when this process has no more time for it, or its connection is closed. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Says a part of it. */
  send(chunk: z.output<C['chunk']>): void {
    checkStrictly(this.#contract.chunk, chunk, `A part of the answer on ${this.#message.subject}`);
    this.sendFrame({ kind: 'chunk', data: chunk });
  }

  /** For the server, which also ends it. */
  sendFrame(frame: Unnumbered<LiveFrame>): void {
    try {
      this.#message.respond(JSON.stringify({ ...frame, n: this.#n }));
    } catch {
      return this.giveUp();
    }
    this.#n += 1;
    this.#hasSaidSomething = true;
  }

  /** Shows that somebody works on it, unless a frame since the last time did. */
  showLife(): void {
    if (!this.#hasSaidSomething) this.sendFrame({ kind: 'alive' });
    this.#hasSaidSomething = false;
  }

  giveUp(): void {
    this.#stop.abort();
  }
}
