import { rows, type Transaction } from '../database/transaction.js';

/**
 * The record of the messages that this service has handled, so that each is handled once, however often it is
 * delivered.
 */
export class Inbox {
  /**
   * Marks a message as handled, in the transaction that handles it. Returns false if the message was handled
   * before or is a dead letter. A second delivery at the same time waits here for the first one's commit.
   * @param consumer the durable's name
   */
  async once(tx: Transaction, consumer: string, eventId: string): Promise<boolean> {
    const marked = await this.onceEach(tx, consumer, [eventId]);
    return marked.has(eventId);
  }

  /** Like `once`, for many messages of one consumer. Returns the messages to handle. */
  async onceEach(
    tx: Transaction,
    consumer: string,
    eventIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const marked = await rows<{ eventId: string }>(
      tx,
      `INSERT INTO inbox (consumer, event_id, state)
       SELECT DISTINCT $1, event_id, 'done' FROM unnest($2::text[]) AS event_id ORDER BY event_id
       ON CONFLICT (consumer, event_id) DO UPDATE
         SET state = 'done', error = NULL, payload = NULL, updated_at = clock_timestamp()
         WHERE inbox.state = 'failing'
       RETURNING event_id AS "eventId"`,
      [consumer, eventIds],
    );
    return new Set(marked.map(({ eventId }) => eventId));
  }
}
