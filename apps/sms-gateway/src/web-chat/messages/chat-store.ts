import type { MessageId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** A message as a client sends it. */
export interface ClientMessage {
  readonly threadId: ThreadId;
  /** The client's own id of the message, unique in its thread. */
  readonly clientMessageId: string;
  readonly text: string;
}

/** A message that was recorded now. */
export interface RecordedMessage {
  readonly messageId: MessageId;
  readonly threadSeq: number;
  readonly userId: string;
  readonly receivedAt: Date;
}

/** The message that has this client message id: the same one, or one with another text. */
export type KnownMessage = { kind: 'same'; messageId: MessageId } | { kind: 'other-text' };

/**
 * Stores web threads and which messages were received on them.
 * @throws RetryableError while it is unavailable
 */
export abstract class ChatStore {
  /** The thread of a web user, created if there is none. */
  abstract threadOf(userId: string): Promise<ThreadId>;
  abstract find(message: ClientMessage): Promise<KnownMessage | undefined>;
  /** Records a message. Undefined if another transaction has recorded this client message id, or there is no such thread. */
  abstract record(tx: Transaction, message: ClientMessage): Promise<RecordedMessage | undefined>;
  /** Deletes up to `limit` client message ids received before; returns how many. */
  abstract purge(receivedBefore: Date, limit: number): Promise<number>;
}
