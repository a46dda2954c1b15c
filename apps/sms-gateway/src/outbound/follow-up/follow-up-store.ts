import type { SendId } from '@parley/kernel';
import type { DueQuery } from '@parley/persistence';
import type { FollowedUpSend, SendKey } from '../send.js';

/** Our other texts that were sent, or may have been sent, to the same person. */
export interface SendSurroundings {
  readonly rivalTexts: readonly string[];
  readonly boundSids: ReadonlySet<string>;
  readonly hasEarlier: boolean;
}

/** A send that the vendor has accepted. */
export interface AcceptedSend {
  readonly id: SendId;
  readonly providerSid: string;
}

/** A claim whose deadline has passed. */
export interface OverdueSend {
  readonly id: SendId;
  readonly claims: number;
}

/**
 * The send attempts that need a follow-up.
 * @throws RetryableError while it is unavailable
 */
export abstract class FollowUpStore {
  /** Finds when the next follow-up is due. */
  abstract dueAt(): DueQuery;
  /** Claims attempts to be reconciled or repeated; they are due again in `leaseMs`. */
  abstract claim(limit: number, leaseMs: number): Promise<FollowedUpSend[]>;
  /** `boundSids` are those of `providerSids` that belong to a send of ours. */
  abstract around(send: SendKey, providerSids: readonly string[]): Promise<SendSurroundings>;

  /**
   * Claims accepted sends that have no final report `quietMs` after they were sent; each again only at twice the age of the
   * last time, and none that is older than `giveUpMs`.
   */
  abstract claimQuiet(limit: number, quietMs: number, giveUpMs: number): Promise<AcceptedSend[]>;

  /** Claims that are SENDING `graceMs` after their deadline and not locked: their process died or froze. */
  abstract overdue(graceMs: number, limit: number): Promise<OverdueSend[]>;
  /** Finds when `overdue` or `SendQueue.threadsWithGap` will find its next row. */
  abstract sweepDueAt(graceMs: number, waitedMs: number): DueQuery;
}
