import { subjectOf, type LiveContract, type LiveDataOf, type LiveRequestContract } from '@parley/contracts';
import type { z } from 'zod';
import { checkStrictly } from '../codec/strict-parse.js';
import type { NatsLink } from '../link/nats-link.js';
import { encodeWithin } from '../rpc/payload-limit.js';
import { RpcFailure, RpcUnavailableError } from '../rpc/rpc-errors.js';
import { AnswerStream } from './answer-stream.js';

/** A part of a streamed answer; `end` is the last. */
export type LivePart<C extends LiveRequestContract> =
  { kind: 'chunk'; data: z.output<C['chunk']> } | { kind: 'end'; data: z.output<C['end']> };

export interface AskOptions {
  /** Ends the iteration without an error. It only stops listening: what the other side is to stop, tell it. */
  signal?: AbortSignal;
  /** A silence of this length means that nobody works on it. Default 1.5 s, three missed signs of life. */
  silenceMs?: number;
  /**
   * The same once a part has come: the answer cannot be asked for again then, so it is given more time. Default 5 s.
   */
  silenceOnceBegunMs?: number;
  /** The longest that an answer may take. Default 65 s. */
  deadlineMs?: number;
}

const SILENCE_MS = 1_500;
const SILENCE_ONCE_BEGUN_MS = 5_000;
const DEADLINE_MS = 65_000;

/** What is worthless when late, over core NATS: answers that come bit by bit, and words that nobody acknowledges. */
export class LiveClient {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /**
   * Asks when the first part is read; the parts come in order, `end` last.
   * @throws RpcUnavailableError when nobody answers, a part is missing, or the answer falls silent
   * @throws RpcFailure when the service refuses, or answers what its contract does not allow (`invalid-answer`); when the
   * question or a part of its answer is larger than a message may be (`too-large`)
   * @throws ContractViolationError when `input` is not what the contract says
   */
  async *ask<C extends LiveRequestContract>(
    contract: C,
    input: z.output<C['input']>,
    {
      signal,
      silenceMs = SILENCE_MS,
      silenceOnceBegunMs = SILENCE_ONCE_BEGUN_MS,
      deadlineMs = DEADLINE_MS,
    }: AskOptions = {},
  ): AsyncGenerator<LivePart<C>, void, undefined> {
    const subject = subjectOf(contract, String(input[contract.keyField]));
    checkStrictly(contract.input, input, subject);
    if (signal?.aborted) return;
    const connection = this.#link.connection();
    if (!connection) throw new RpcUnavailableError(`${subject} cannot be asked: NATS is not connected`);
    const question = encodeWithin(connection, input, `The question ${subject}`);
    const stream = new AnswerStream(connection, subject, question, {
      silenceMs,
      silenceOnceBegunMs,
      deadlineMs,
    });
    const stop = (): void => stream.close();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const frame = await stream.next();
        if (!frame) return;
        if (frame.kind === 'refusal') {
          throw new RpcFailure(frame.error.code, frame.error.message, frame.error.retryable);
        }
        if (frame.kind === 'alive') continue;
        const data = contract[frame.kind].safeParse(frame.data);
        if (!data.success) {
          throw new RpcFailure('invalid-answer', `${subject} was answered with what its contract forbids`);
        }
        yield { kind: frame.kind, data: data.data } as LivePart<C>;
        if (frame.kind === 'end') return;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }

  /** Says it to whoever listens now; lost when nobody does or NATS is away. */
  tell<C extends LiveContract>(contract: C, data: LiveDataOf<C>): void {
    const subject = subjectOf(contract, String((data as Record<string, unknown>)[contract.keyField]));
    checkStrictly(contract.schema, data, subject);
    this.#link.ping(subject, JSON.stringify(data));
  }
}
