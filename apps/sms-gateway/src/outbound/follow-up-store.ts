import type { SendId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { FollowedUpSend, SendKey, Verdict } from './send.js';

/** What else of ours went, or may have gone, to the same person. */
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

/**
 * The sends that are not done with, and when each is looked after next. Everything throws RetryableError while it is
 * away.
 */
export abstract class FollowUpStore {
  /** When `claim` will find the first. */
  abstract dueAt(): DueQuery;
  /** Takes sends whose outcome is to be looked for, or which are to be tried again; for others they are due in `leaseMs`. */
  abstract claim(limit: number, leaseMs: number): Promise<FollowedUpSend[]>;
  /** `providerSids`: those of them that are bound are answered. */
  abstract around(send: SendKey, providerSids: readonly string[]): Promise<SendSurroundings>;
  /** One list was answered without it; the next one is asked later. */
  abstract noteListing(tx: Transaction, id: SendId, isAbsent: boolean): Promise<void>;
  /** The search is over without a result. */
  abstract conclude(tx: Transaction, id: SendId, verdict: Verdict, reason: string): Promise<void>;
  /**
   * Takes sends of whose end nothing was heard for `quietMs` since they were claimed, and that were not taken since half of
   * their time; none that is older than `giveUpMs`.
   */
  abstract claimQuiet(limit: number, quietMs: number, giveUpMs: number): Promise<AcceptedSend[]>;
  /** Nothing is to be done about it any more. */
  abstract end(tx: Transaction, id: SendId): Promise<void>;
  /** Adds another attempt to the end of the thread, as PENDING; one for each send. */
  abstract queueRetry(tx: Transaction, send: FollowedUpSend, retryId: SendId): Promise<void>;
}
