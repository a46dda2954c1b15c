import { subjectOf, type LiveContract, type LiveDataOf, type LiveRequestContract } from '@parley/contracts';
import type { z } from 'zod';
import { checkStrictly } from '../codec/strict-parse.js';
import type { NatsLink } from '../link/nats-link.js';
import { encodeWithin } from '../rpc/payload-limit.js';
import { RpcFailure, RpcUnavailableError } from '../rpc/rpc-errors.js';
import { AnswerStream } from './answer-stream.js';

/** A part of a streamed answer; the last part is an `end`. */
export type LivePart<C extends LiveRequestContract> =
  { kind: 'chunk'; data: z.output<C['chunk']> } | { kind: 'end'; data: z.output<C['end']> };

export interface AskOptions {
  /**
   * Ends the iteration without an error. The other side goes on with its work until it receives a message to stop.
   */
  readonly signal?: AbortSignal;
  /**
   * The longest silence before the first part. After it, the answer fails. Default 1.5 s, three signs of life.
   */
  readonly silenceMs?: number;
  /**
   * The longest silence after the first part, when the request cannot be repeated any more. After it, the
   * answer fails. Default 5 s.
   */
  readonly silenceOnceBegunMs?: number;
  /** The longest time that an answer may take. Default 65 s. */
  readonly deadlineMs?: number;
}

const SILENCE_MS = 1_500;
const SILENCE_ONCE_BEGUN_MS = 5_000;
const DEADLINE_MS = 65_000;

/**
 * Live requests and messages, over core NATS: answers that arrive in parts, and messages that are not acknowledged.
 */
export class LiveClient {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /**
   * Sends the request when the caller reads the first part. The parts arrive in order, `end` last.
   * @throws RpcUnavailableError when no service answers, a part is missing, or the parts stop arriving
   * @throws RpcFailure when the service refuses, when its answer violates the contract (`invalid-answer`), or when
   * the request or a part is larger than a message may be (`too-large`)
   * @throws ContractViolationError when `input` violates the contract
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
    if (!connection)
      throw new RpcUnavailableError(`${subject} cannot be requested while NATS is unavailable`);
    const request = encodeWithin(connection, input, `The request ${subject}`);
    const stream = new AnswerStream(connection, subject, request, {
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
          throw new RpcFailure('invalid-answer', `The answer to ${subject} violates its contract`);
        }
        yield { kind: frame.kind, data: data.data } as LivePart<C>;
        if (frame.kind === 'end') return;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }

  /** Sends a live message to the processes that listen now. It is lost if no process listens or NATS is unavailable. */
  send<C extends LiveContract>(contract: C, data: LiveDataOf<C>): void {
    const subject = subjectOf(contract, String((data as Record<string, unknown>)[contract.keyField]));
    checkStrictly(contract.schema, data, subject);
    this.#link.ping(subject, JSON.stringify(data));
  }
}
