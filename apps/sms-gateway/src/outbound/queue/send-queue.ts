import type { MessageId, SendId, ThreadId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { ClaimedSend, CodeReference } from '../send.js';

/** A message to queue, as the texts of its parts. */
export interface MessageToQueue {
  /** The id of the command or inbound text that caused the message; the same id again queues nothing. */
  readonly causedBy: string;
  /** Undefined for a notice and for a code, which are in no conversation. */
  readonly messageId: MessageId | undefined;
  /** The message that must be sent on this thread before this one. */
  readonly follows?: MessageId | undefined;
  readonly threadId: ThreadId;
  /** The message's parts in order. Each later part waits until the carrier has the part before it. */
  readonly parts: readonly { readonly id: SendId; readonly text: string }[];
  readonly validUntil: Date;
  readonly isOptOutConfirmation: boolean;
  /** Makes it a code: one part, without a message. */
  readonly code?: CodeReference | undefined;
}

/**
 * Stores the texts that wait to be sent, and their order in each thread.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class SendQueue {
  /**
   * Adds a message's parts to the end of its thread, as PENDING. A message that arrives before the message that it follows is
   * stored until then. False if the thread does not exist.
   */
  abstract queue(tx: Transaction, sends: MessageToQueue): Promise<boolean>;

  /** When the next send is due. */
  abstract dueAt(): DueQuery;
  /**
   * Claims up to `limit` due sends, each the first unfinished send of its thread, and skips sends that another replica is
   * claiming. Locks their recipients first, as an opt-out does.
   */
  abstract claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]>;

  /** Threads with a message that has waited `waitedMs` for an earlier message. */
  abstract threadsWithGap(waitedMs: number, limit: number): Promise<ThreadId[]>;
  /** Gives up on the message that never arrived, and queues the messages that waited for it. */
  abstract closeGap(tx: Transaction, threadId: ThreadId): Promise<void>;
}
