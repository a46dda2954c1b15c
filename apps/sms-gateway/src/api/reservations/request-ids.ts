import { Injectable } from '@nestjs/common';
import type { RequestId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { newId, Problem } from '@parley/service-kit';
import { apiProblems } from '../api-problems.js';
import { type ReservationKey, ReservationStore } from './reservation-store.js';

const IN_FLIGHT_RETRY_SECONDS = 1;

interface ReservedRequest {
  readonly id: RequestId;
}

export interface IssuedRequestId {
  readonly requestId: RequestId;
  /** Whether this request was received before. */
  readonly isReplay: boolean;
}

/**
 * Gives each REST request an id for the service that handles it. A repeated request gets the same id, also if the first
 * one was not answered: the service then returns the answer of the first.
 */
@Injectable()
export class RequestIds {
  constructor(
    private readonly transactions: Transactions,
    private readonly reservations: ReservationStore,
  ) {}

  /**
   * @param body everything that makes the request: its path parameters and its body
   * @throws Problem for a key that another request used
   */
  async issue(scope: ReservationKey, body: unknown): Promise<IssuedRequestId> {
    const text = JSON.stringify(body);
    const requestId = newId('req');
    const earlier = await this.transactions.run((tx) =>
      this.reservations.reserve<ReservedRequest>(tx, scope, text, { id: requestId }),
    );
    if (!earlier) return { requestId, isReplay: false };
    if (earlier.kind === 'same') return { requestId: earlier.resource.id, isReplay: true };
    if (earlier.kind === 'other-body') throw new Problem(apiProblems.idempotencyKeyReused);
    throw new Problem(apiProblems.idempotencyKeyInFlight, { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS });
  }
}
