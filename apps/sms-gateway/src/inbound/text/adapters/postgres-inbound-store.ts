import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { E164, ThreadId } from '@parley/kernel';
import { Database, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { comparableText, EQUAL_TEXTS_WITHIN_MS, type ThreadPace } from '@parley/sms-policy';
import type { Line } from '../../../lines/line-store.js';
import { RECIPIENT_NUMBER, THREAD_NUMBER } from '../../../threads/adapters/postgres-thread-store.js';
import type { IgnoredSms, InboundSms, RecordedSms, ThreadPosition, ThreadSms } from '../inbound-sms.js';
import { InboundStore } from '../inbound-store.js';

/**
 * Finds the thread under any key or creates it, counts up its texts, which locks it, and inserts the text, unless its
 * MessageSid is known.
 *
 * A webhook's text gets the database's time, in the order of the thread's lock, since our hosts' clocks differ; a listed text
 * has the vendor's time ($11).
 */
const RECORD_IN_THREAD = `
  WITH counted AS (
    UPDATE thread SET last_thread_seq = last_thread_seq + 1, last_text_index = $12,
      last_text_at = greatest(clock_timestamp(), last_text_at),
      equal_texts = CASE WHEN last_text_index = $12
        AND last_text_at > clock_timestamp() - $13 * interval '1 millisecond' THEN equal_texts + 1 ELSE 1 END
    WHERE line_id = $1 AND number_index = ANY($2)
    RETURNING id, last_thread_seq, last_text_at, carrier_blocked_at, equal_texts, loop_since,
      CASE WHEN minutes_began_at > clock_timestamp() - interval '2 minutes' THEN minutes_replies ELSE 0 END AS in_minutes,
      CASE WHEN day_began_at > clock_timestamp() - interval '1 day' THEN day_replies ELSE 0 END AS in_day
  ), known_recipient AS MATERIALIZED (
    SELECT number_index, opted_out_at FROM recipient WHERE number_index = ANY($6)
  ), new_recipient AS (
    INSERT INTO recipient (number_index)
    SELECT $7 WHERE NOT EXISTS (SELECT FROM counted) AND NOT EXISTS (SELECT FROM known_recipient)
    ON CONFLICT DO NOTHING
  ), new_thread AS (
    INSERT INTO thread (id, line_id, sealed_number, number_index, recipient_index, last_thread_seq,
      last_text_index, last_text_at, equal_texts)
    SELECT $3, $1, $4, $5, coalesce((SELECT min(number_index) FROM known_recipient), $7), 1, $12, clock_timestamp(), 1
    WHERE NOT EXISTS (SELECT FROM counted)
    ON CONFLICT (line_id, number_index) DO UPDATE SET last_thread_seq = thread.last_thread_seq + 1,
      last_text_at = greatest(clock_timestamp(), thread.last_text_at)
    RETURNING id, last_thread_seq, last_text_at
  )
  INSERT INTO inbound_sms (message_sid, thread_id, thread_seq, decision, sealed_params, received_at)
  SELECT $8, id, last_thread_seq, $9, $10, coalesce($11, last_text_at)
  FROM (SELECT id, last_thread_seq, last_text_at FROM counted UNION ALL TABLE new_thread) AS numbered
  ON CONFLICT (message_sid) DO NOTHING
  RETURNING thread_id AS "threadId", thread_seq AS "threadSeq", received_at AS "receivedAt",
    EXISTS (SELECT FROM known_recipient WHERE opted_out_at IS NOT NULL)
      OR EXISTS (SELECT FROM counted WHERE carrier_blocked_at IS NOT NULL) AS "isOptedOut",
    coalesce((SELECT equal_texts FROM counted), 1) AS "equalTexts",
    coalesce((SELECT in_minutes FROM counted), 0) AS "repliesInTwoMinutes",
    coalesce((SELECT in_day FROM counted), 0) AS "repliesInADay",
    EXISTS (SELECT FROM counted WHERE loop_since IS NOT NULL) AS "isInLoop"`;

const FIND_THREAD = 'SELECT id FROM thread WHERE line_id = $1 AND number_index = ANY($2)';

const RECORD_IGNORED = `
  INSERT INTO inbound_sms (message_sid, decision, reason, sealed_params, received_at)
  VALUES ($1, 'ignore', $2, $3, $4)
  ON CONFLICT (message_sid) DO NOTHING
  RETURNING message_sid`;

/** The purpose of the blind index that compares a thread's last text with the next one. */
const TEXT_OF_THREAD = 'gateway.thread.last_text';

interface RecordedRow extends ThreadPosition, ThreadPace {
  readonly receivedAt: Date;
  readonly isOptedOut: boolean;
  readonly isInLoop: boolean;
}

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
    const [recorded] = await rows<RecordedRow>(tx, RECORD_IN_THREAD, [
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
      sms.isListed ? sms.receivedAt : null,
      this.keys.blindIndex(`${comparableText(sms.text)} ${sms.media.length}`, TEXT_OF_THREAD),
      EQUAL_TEXTS_WITHIN_MS,
    ]);
    if (!recorded) return undefined;
    const { threadId: known, threadSeq, receivedAt, isOptedOut, isInLoop, ...pace } = recorded;
    const consent = isOptedOut ? 'opted-out' : 'given';
    return { threadId: known, threadSeq, receivedAt, consent, isInLoop, pace };
  }

  async setLoopFlag(tx: Transaction, threadId: ThreadId, isLoop: boolean): Promise<void> {
    const since = isLoop ? 'coalesce(loop_since, clock_timestamp())' : 'NULL';
    await rows(tx, `UPDATE thread SET loop_since = ${since} WHERE id = $1`, [threadId]);
  }

  async findThread(tx: Transaction, line: Line, person: E164): Promise<ThreadId | undefined> {
    const [found] = await rows<{ id: ThreadId }>(tx, FIND_THREAD, [line.id, this.#number.indexes(person)]);
    return found?.id;
  }

  async findRecorded(messageSids: readonly string[]): Promise<ReadonlySet<string>> {
    if (messageSids.length === 0) return new Set();
    const found = await this.database.rows<{ sid: string }>(
      'SELECT message_sid AS sid FROM inbound_sms WHERE message_sid = ANY($1)',
      [messageSids],
    );
    return new Set(found.map(({ sid }) => sid));
  }

  async recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<boolean> {
    const recorded = await rows(tx, RECORD_IGNORED, [
      sms.messageSid,
      sms.reason,
      this.#sealParams(sms),
      sms.receivedAt,
    ]);
    return recorded.length > 0;
  }

  #sealParams(sms: InboundSms): string {
    return this.keys.encrypt(JSON.stringify(sms.params), `gateway.inbound_sms.params:${sms.messageSid}`);
  }
}
