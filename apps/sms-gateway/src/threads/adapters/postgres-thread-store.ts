import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { E164, LineId, ThreadId } from '@parley/kernel';
import { PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { ThreadStore } from '../thread-store.js';

/** The purpose for which a person's number is encrypted and indexed in a thread. */
export const THREAD_NUMBER = 'gateway.thread.number';
/** The purpose for which a person's number is indexed in `recipient`, for all lines. */
export const RECIPIENT_NUMBER = 'gateway.recipient.number';

/** Finds the thread under any key, or creates it, together with its person's row. */
const ENSURE = `
  WITH found AS (
    SELECT id FROM thread WHERE line_id = $1 AND number_index = ANY($2)
  ), known_recipient AS (
    SELECT number_index FROM recipient WHERE number_index = ANY($6)
  ), new_recipient AS (
    INSERT INTO recipient (number_index)
    SELECT $7 WHERE NOT EXISTS (SELECT FROM found) AND NOT EXISTS (SELECT FROM known_recipient)
    ON CONFLICT DO NOTHING
  ), new_thread AS (
    INSERT INTO thread (id, line_id, sealed_number, number_index, recipient_index, last_thread_seq)
    SELECT $3, $1, $4, $5, coalesce((SELECT min(number_index) FROM known_recipient), $7), 0
    WHERE NOT EXISTS (SELECT FROM found)
    ON CONFLICT (line_id, number_index) DO UPDATE SET last_thread_seq = thread.last_thread_seq
    RETURNING id
  )
  TABLE found UNION ALL TABLE new_thread`;

@Injectable()
export class PostgresThreadStore extends ThreadStore {
  readonly #number: PhoneColumn;

  constructor(private readonly keys: DataKeys) {
    super();
    this.#number = new PhoneColumn(keys, THREAD_NUMBER);
  }

  async ensure(tx: Transaction, lineId: LineId, person: E164): Promise<ThreadId> {
    const id = newId('thr');
    const { sealed, index } = this.#number.seal(person, id);
    const [thread] = await rows<{ id: ThreadId }>(tx, ENSURE, [
      lineId,
      this.#number.indexes(person),
      id,
      sealed,
      index,
      this.keys.blindIndexes(person, RECIPIENT_NUMBER),
      this.keys.blindIndex(person, RECIPIENT_NUMBER),
    ]);
    return thread!.id;
  }
}
