import type { SendId } from '@parley/kernel';
import type { DueQuery } from '@parley/persistence';
import type { DueFollowUp, SendKey } from '../send.js';

/** Our other texts that were sent, or may have been sent, to the same person. */
export interface OtherSends {
  readonly rivalTexts: readonly string[];
  readonly boundSids: ReadonlySet<string>;
  readonly hasEarlier: boolean;
}

/** A send that the vendor has accepted. */
export interface AcceptedSend {
  readonly id: SendId;
  readonly providerSid: string;
}

/** A claimed send whose deadline has passed. */
export interface OverdueSend {
  readonly id: SendId;
  readonly claims: number;
}

/**
 * Finds and claims the send attempts that need a follow-up.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class FollowUpStore {
  /** Finds when the next follow-up is due. */
  abstract dueAt(): DueQuery;
  /** Claims attempts to reconcile or repeat; they are due again after `leaseMs`. */
  abstract claim(limit: number, leaseMs: number): Promise<DueFollowUp[]>;
  /** Reads our other sends of the thread. `boundSids` are those of `providerSids` that belong to one of our sends. */
  abstract otherSendsOf(send: SendKey, providerSids: readonly string[]): Promise<OtherSends>;

  /**
   * Claims accepted sends without a final report, from `minAgeMs` to `maxAgeMs` after they were sent; each again when its age
   * has doubled.
   */
  abstract claimUnreported(limit: number, minAgeMs: number, maxAgeMs: number): Promise<AcceptedSend[]>;

  /** Sends still SENDING `graceMs` after their deadline and not locked: their process died or froze. */
  abstract overdue(graceMs: number, limit: number): Promise<OverdueSend[]>;
  /** Finds when the next send becomes overdue or the next thread's gap must be closed. */
  abstract sweepDueAt(graceMs: number, waitedMs: number): DueQuery;
}
