import type { MessageId, SendId, ThreadId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { ClaimedSend } from '../send.js';

/** A message on its way out, as the texts that carry it. */
export interface NewSends {
  /** The command, or the inbound text, that caused the message: a repeat of it queues nothing. */
  readonly causedBy: string;
  /** Undefined for a notice of our own, which is in no log. */
  readonly messageId: MessageId | undefined;
  /** The message that must be sent on this thread before it, if there is one. */
  readonly follows?: MessageId | undefined;
  readonly threadId: ThreadId;
  /** In order. Each part but the first waits until the carrier has the one before it. */
  readonly parts: readonly { readonly id: SendId; readonly text: string }[];
  readonly validUntil: Date;
  readonly isOptOutConfirmation: boolean;
}

/**
 * The texts that wait to be sent, in the order of their threads.
 * @throws RetryableError while it is unavailable
 */
export abstract class SendQueue {
  /**
   * Adds a message's parts to the end of its thread, as PENDING. One that arrives before the message that it follows is
   * stored until that one arrives. False when there is no such thread.
   */
  abstract queue(tx: Transaction, sends: NewSends): Promise<boolean>;

  /** When the next send is due. */
  abstract dueAt(): DueQuery;
  /**
   * Makes up to `limit` due sends SENDING, each the first unfinished one of its thread, and skips those that another
   * replica is claiming. Locks their recipients first, as an opt-out does.
   */
  abstract claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]>;

  /** Threads in which a message has waited for `waitedMs` for one that never arrived. */
  abstract threadsWithGap(waitedMs: number, limit: number): Promise<ThreadId[]>;
  /** Gives up on the message that never arrived, and queues the messages that waited for it. */
  abstract closeGap(tx: Transaction, threadId: ThreadId): Promise<void>;
}
