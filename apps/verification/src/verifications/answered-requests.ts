import type { VerificationId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** The answer to a request, without what the verification itself says. */
export interface RequestAnswer<Outcome extends string = string> {
  readonly outcome: Outcome;
  readonly verificationId: VerificationId | undefined;
  readonly retryAtMs?: number | undefined;
}

export type BegunRequest =
  | { readonly isNew: true; readonly nowMs: number }
  | { readonly isNew: false; readonly nowMs: number; readonly answer: RequestAnswer };

/**
 * The answers to requests, so that a repeated request has no second effect.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class AnsweredRequests {
  /** Marks a request as handled, or reads the answer to it. A repetition at the same time waits for the first one. */
  abstract begin(tx: Transaction, requestId: string): Promise<BegunRequest>;
  /** Stores the answer, in the transaction that handles the request. */
  abstract answer(tx: Transaction, requestId: string, answer: RequestAnswer): Promise<void>;
  /** Deletes old answers, at most `limit`; returns how many. */
  abstract purge(beforeMs: number, limit: number): Promise<number>;
}
