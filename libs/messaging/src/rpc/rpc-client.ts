import { rpcSubjectOf, type RequestContract } from '@parley/contracts';
import type { z } from 'zod';
import { checkStrictly } from '../codec/strict-parse.js';
import type { NatsLink } from '../link/nats-link.js';
import { encodeWithin } from './payload-limit.js';
import { RpcFailure, RpcUnavailableError } from './rpc-errors.js';
import { RpcAnswer } from './rpc-wire.js';

const DEFAULT_TIMEOUT_MS = 2_000;

/** Sends requests to other services over core NATS. */
export class RpcClient {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  /**
   * @throws RpcUnavailableError when no service answers in time (default 2 s)
   * @throws RpcFailure when the service refuses, when its answer violates the contract (`invalid-answer`), or when
   * the request or the answer is larger than a message may be (`too-large`)
   * @throws ContractViolationError when `input` violates the contract
   */
  async request<C extends RequestContract>(
    contract: C,
    input: z.output<C['input']>,
    options: { timeoutMs?: number } = {},
  ): Promise<z.output<C['output']>> {
    const subject = rpcSubjectOf(contract);
    checkStrictly(contract.input, input, subject);
    const reply = await this.#ask(subject, input, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const parsed = RpcAnswer.safeParse(reply);
    if (!parsed.success) throw invalidAnswer(subject);
    if (!parsed.data.ok) {
      const { code, message, retryable } = parsed.data.error;
      throw new RpcFailure(code, message, retryable);
    }
    const output = contract.output.safeParse(parsed.data.data);
    if (!output.success) throw invalidAnswer(subject);
    return output.data as z.output<C['output']>;
  }

  async #ask(subject: string, input: unknown, timeoutMs: number): Promise<unknown> {
    const connection = this.#link.connection();
    if (!connection)
      throw new RpcUnavailableError(`${subject} cannot be requested while NATS is unavailable`);
    const payload = encodeWithin(connection, input, `The request ${subject}`);
    try {
      return (await connection.request(subject, payload, { timeout: timeoutMs })).json();
    } catch (cause) {
      if (cause instanceof SyntaxError) throw invalidAnswer(subject);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RpcUnavailableError(`The request ${subject} was not answered: ${reason}`, { cause });
    }
  }
}

function invalidAnswer(subject: string): RpcFailure {
  return new RpcFailure('invalid-answer', `The answer to ${subject} violates its contract`);
}
