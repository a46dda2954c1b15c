import type { SendId, ThreadId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { FailureReason } from './failure-reason.js';
import type { ClaimedSend, LockedSend, NewSends } from './send.js';

/** Where a send stops for good without having been accepted. */
export interface Rejection {
  readonly errorCode?: string;
  readonly reason?: FailureReason;
}

/** A send and the attempt that it was at. */
export interface SendAttempt {
  readonly id: SendId;
  readonly attempt: number;
}

/** What a report says which send it is about. */
export interface SendReference {
  /** From the callback's own URL; undefined where it was lost. */
  readonly sendId: SendId | undefined;
  readonly providerSid: string;
}

/** A send that the vendor has accepted, as far as it has come. */
export type ReportedSend = LockedSend & {
  readonly status: 'ACCEPTED';
  readonly providerSid: string;
  /** When a new attempt becomes due; undefined: none is any more. */
  readonly retryInMs: number | undefined;
};

/** The texts on their way out, in the order of their threads. Everything throws RetryableError while it is away. */
export abstract class SendStore {
  /**
   * Adds a message's parts to the end of its thread, as PENDING; one that came in before the message that it follows is
   * kept until that one is there. False when there is no such thread.
   */
  abstract queue(tx: Transaction, sends: NewSends): Promise<boolean>;

  /** Threads in which a message has waited for `waitedMs` for one that never came in. */
  abstract threadsWithGap(waitedMs: number, limit: number): Promise<ThreadId[]>;
  /** Lets the messages that wait go out without the one that never came in. */
  abstract closeGap(tx: Transaction, threadId: ThreadId): Promise<void>;

  /** When the next send is due. */
  abstract dueAt(): DueQuery;
  /**
   * Makes up to `limit` due sends SENDING, each the first of its thread that is not finished, and passes over what
   * another replica is just claiming. Their recipients are locked first, as they are by an opt-out.
   */
  abstract claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]>;

  /**
   * The vendor took it. Also after it became UNKNOWN: the vendor's word is better; what was concluded of it since stands,
   * and the vendor's id is kept.
   */
  abstract accept(send: ClaimedSend, providerSid: string, providerStatus: string | undefined): Promise<void>;
  /** It was certainly not sent: PENDING again, in `delayMs`. */
  abstract postpone(send: ClaimedSend, delayMs: number): Promise<void>;

  /** Locks all parts of the message that this send is one of: in their order, and the attempts of each in theirs. */
  abstract lockMessage(tx: Transaction, id: SendId): Promise<LockedSend[]>;
  /** As `lockMessage`, for the messages that any of these reports is about, by our id or the vendor's. */
  abstract lockReported(tx: Transaction, reports: readonly SendReference[]): Promise<LockedSend[]>;
  abstract reject(tx: Transaction, id: SendId, rejection: Rejection): Promise<void>;
  /** Nobody knows whether it was sent. It leaves the head of its thread, and the vendor's list is asked for it. */
  abstract markUnknown(tx: Transaction, id: SendId, reason: string): Promise<void>;
  /** What is still SENDING `graceMs` after its deadline, and not being settled just now: its process died or froze. */
  abstract overdue(graceMs: number, limit: number): Promise<SendAttempt[]>;
  /** When `overdue` or `threadsWithGap` will find the first. */
  abstract sweepDueAt(graceMs: number, waitedMs: number): DueQuery;
  /** Writes how far sends have come by their reports, and so that the vendor has accepted them. */
  abstract saveReports(tx: Transaction, reported: readonly ReportedSend[]): Promise<void>;

  /** Takes an attempt out of line that has not left. */
  abstract withdraw(tx: Transaction, id: SendId): Promise<void>;
  /** The part that comes after this one may go: at once when the carrier has this one, else after a while. */
  abstract releaseNext(tx: Transaction, id: SendId, isHandedOver: boolean): Promise<void>;
  /** The parts that come after this one are never sent. */
  abstract cancelLater(tx: Transaction, id: SendId, reason: string): Promise<void>;
}
