import type { SendId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Delivery } from '@parley/sms-policy';
import type { FailureReason } from './failure-reason.js';
import type { ClaimedSend, LockedSend, NewSends } from './send.js';

/** Where a send stops for good without having been accepted. */
export interface Rejection {
  readonly errorCode?: string;
  readonly reason?: FailureReason;
}

/** The texts on their way out, in the order of their threads. Everything throws RetryableError while it is away. */
export abstract class SendStore {
  /** Adds a message's parts to the end of its thread, as PENDING. False when there is no such thread. */
  abstract queue(tx: Transaction, sends: NewSends): Promise<boolean>;

  /**
   * Makes up to `limit` due sends SENDING, each the first of its thread that is not finished, and passes over what
   * another replica is just claiming. Their recipients are locked first, as they are by an opt-out.
   */
  abstract claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]>;

  /** The vendor took it. Also after it was given up as UNKNOWN: the vendor's word is better. */
  abstract accept(send: ClaimedSend, providerSid: string, providerStatus: string | undefined): Promise<void>;
  /** It was certainly not sent: PENDING again, in `delayMs`. */
  abstract postpone(send: ClaimedSend, delayMs: number): Promise<void>;

  /** Locks all parts of the message that this send is one of. */
  abstract lockMessage(tx: Transaction, id: SendId): Promise<LockedSend[]>;
  /** As `lockMessage`, for a delivery report: our id, else the vendor's. Empty when it is about no send of ours. */
  abstract lockReported(tx: Transaction, id: SendId | undefined, providerSid: string): Promise<LockedSend[]>;
  abstract reject(tx: Transaction, id: SendId, rejection: Rejection): Promise<void>;
  /** Nobody knows whether it was sent. It leaves the head of its thread and is never sent again by itself. */
  abstract markUnknown(tx: Transaction, id: SendId, reason: string): Promise<void>;
  /** Makes UNKNOWN what is still SENDING `graceMs` after its deadline: its process died or froze. */
  abstract sweepOverdue(tx: Transaction, graceMs: number): Promise<SendId[]>;
  /** Writes what a report changed, and that the vendor has accepted the send. */
  abstract saveReport(tx: Transaction, id: SendId, providerSid: string, delivery: Delivery): Promise<void>;

  /** The part that comes after this one may go: at once when the carrier has this one, else after a while. */
  abstract releaseNext(tx: Transaction, id: SendId, isHandedOver: boolean): Promise<void>;
  /** The parts that come after this one are never sent. */
  abstract cancelLater(tx: Transaction, id: SendId, reason: string): Promise<void>;
}
