import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { ThreadId } from '@parley/kernel';
import { Database, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { RECIPIENT_NUMBER, THREAD_NUMBER } from '../../threads/adapters/postgres-thread-store.js';
import type { IgnoredSms, InboundSms, RecordedSms, ThreadPosition, ThreadSms } from '../inbound-sms.js';
import { InboundStore } from '../inbound-store.js';

/**
 * One round trip: the thread counts up (found under any key, or made), which locks it, and the text takes that
 * number. A MessageSid that is there already waits for whoever holds the thread and inserts nothing.
 */
const RECORD_IN_THREAD = `
  WITH counted AS (
    UPDATE thread SET last_thread_seq = last_thread_seq + 1
    WHERE line_id = $1 AND number_index = ANY($2)
    RETURNING id, last_thread_seq
  ), known AS MATERIALIZED (
    SELECT number_index, opted_out_at FROM recipient WHERE number_index = ANY($6)
  ), met AS (
    INSERT INTO recipient (number_index)
    SELECT $7 WHERE NOT EXISTS (SELECT FROM counted) AND NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING
  ), made AS (
    INSERT INTO thread (id, line_id, sealed_number, number_index, recipient_index, last_thread_seq)
    SELECT $3, $1, $4, $5, coalesce((SELECT min(number_index) FROM known), $7), 1
    WHERE NOT EXISTS (SELECT FROM counted)
    ON CONFLICT (line_id, number_index) DO UPDATE SET last_thread_seq = thread.last_thread_seq + 1
    RETURNING id, last_thread_seq
  )
  INSERT INTO inbound_sms (message_sid, thread_id, thread_seq, decision, sealed_params, received_at)
  SELECT $8, id, last_thread_seq, $9, $10, $11 FROM (TABLE counted UNION ALL TABLE made) AS place
  ON CONFLICT (message_sid) DO NOTHING
  RETURNING thread_id AS "threadId", thread_seq AS "threadSeq",
    EXISTS (SELECT FROM known WHERE opted_out_at IS NOT NULL) AS "isOptedOut"`;

const RECORD_IGNORED = `
  INSERT INTO inbound_sms (message_sid, decision, reason, sealed_params, received_at)
  VALUES ($1, 'ignore', $2, $3, $4)
  ON CONFLICT (message_sid) DO NOTHING`;

@Injectable()
export class PostgresInboundStore extends InboundStore {
  readonly #number: PhoneColumn;

  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#number = new PhoneColumn(keys, THREAD_NUMBER);
  }

  async recordInThread(tx: Transaction, sms: ThreadSms): Promise<RecordedSms | undefined> {
    const threadId: ThreadId = newId('thr');
    const { sealed, index } = this.#number.seal(sms.person, threadId);
    const [recorded] = await rows<ThreadPosition & { isOptedOut: boolean }>(tx, RECORD_IN_THREAD, [
      sms.line.id,
      this.#number.indexes(sms.person),
      threadId,
      sealed,
      index,
      this.keys.blindIndexes(sms.person, RECIPIENT_NUMBER),
      this.keys.blindIndex(sms.person, RECIPIENT_NUMBER),
      sms.messageSid,
      sms.decision,
      this.#sealParams(sms),
      sms.receivedAt,
    ]);
    if (!recorded) return undefined;
    const { isOptedOut, ...position } = recorded;
    return { ...position, consent: isOptedOut ? 'opted-out' : 'given' };
  }

  async known(messageSids: readonly string[]): Promise<ReadonlySet<string>> {
    if (messageSids.length === 0) return new Set();
    const found = await this.database.rows<{ sid: string }>(
      'SELECT message_sid AS sid FROM inbound_sms WHERE message_sid = ANY($1)',
      [messageSids],
    );
    return new Set(found.map(({ sid }) => sid));
  }

  async recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<void> {
    await rows(tx, RECORD_IGNORED, [sms.messageSid, sms.reason, this.#sealParams(sms), sms.receivedAt]);
  }

  #sealParams(sms: InboundSms): string {
    return this.keys.encrypt(JSON.stringify(sms.params), `gateway.inbound_sms.params:${sms.messageSid}`);
  }
}
