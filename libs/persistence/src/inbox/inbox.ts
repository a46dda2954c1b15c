import { rows, type Transaction } from '../transactions.js';

/** Which messages this service has taken in: each is handled once, however often it is delivered. */
export class Inbox {
  /**
   * Marks a message as handled, in the transaction that handles it. False: it was handled before, or given up. A
   * second delivery at the same time waits here for the first one's commit.
   * @param consumer the durable's name
   */
  async once(tx: Transaction, consumer: string, eventId: string): Promise<boolean> {
    const marked = await rows(
      tx,
      `INSERT INTO inbox (consumer, event_id, state) VALUES ($1, $2, 'done')
       ON CONFLICT (consumer, event_id) DO UPDATE
         SET state = 'done', error = NULL, updated_at = clock_timestamp()
         WHERE inbox.state = 'failing'
       RETURNING 1`,
      [consumer, eventId],
    );
    return marked.length > 0;
  }
}
