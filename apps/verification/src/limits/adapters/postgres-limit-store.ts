import { Injectable } from '@nestjs/common';
import type { VerificationSubject } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { E164 } from '@parley/kernel';
import { Database, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import {
  callingCodeOf,
  type CodeCounts,
  type Conversions,
  EMPTY_LADDER,
  type Ladder,
  LIMIT_KINDS,
  type LimitKind,
  prefixOf,
  WINDOWS,
  type Window,
  windowMs,
  windowStartMs,
} from '@parley/verification-policy';
import { type LimitedParties, LimitStore, type ReachedLimit } from '../limit-store.js';

const NUMBER = 'verification.ladder.number';
const LIMIT_KEY = 'verification.limit';
const PREFIX = 'verification.prefix';

interface LadderRow {
  readonly sent: number;
  readonly firstSmsAt: Date | null;
  readonly lastSentAt: Date | null;
}

const LADDER = 'sent, first_sms_at AS "firstSmsAt", last_sent_at AS "lastSentAt"';

/** The primary keys of the counters that one code raises, as columns. */
interface CounterKeys {
  readonly kinds: LimitKind[];
  readonly keys: string[];
  readonly windows: Window[];
  readonly starts: Date[];
}

@Injectable()
export class PostgresLimitStore extends LimitStore {
  readonly #number: PhoneColumn;

  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#number = new PhoneColumn(keys, NUMBER);
  }

  async lockLadder(tx: Transaction, number: E164, subject: VerificationSubject): Promise<Ladder> {
    const [row] = await rows<LadderRow>(
      tx,
      `INSERT INTO resend_ladder AS ladder (number_index, subject_kind, subject_id) VALUES ($1, $2, $3)
       ON CONFLICT (number_index, subject_kind, subject_id) DO UPDATE SET touched_at = clock_timestamp()
       RETURNING ${LADDER}`,
      this.#ladderKey(number, subject),
    );
    return ladderFrom(row);
  }

  async ladderOf(number: E164, subject: VerificationSubject): Promise<Ladder> {
    const [row] = await this.database.rows<LadderRow>(
      `SELECT ${LADDER} FROM resend_ladder
       WHERE number_index = $1 AND subject_kind = $2 AND subject_id = $3`,
      this.#ladderKey(number, subject),
    );
    return ladderFrom(row);
  }

  async saveLadder(
    tx: Transaction,
    number: E164,
    subject: VerificationSubject,
    ladder: Ladder,
  ): Promise<void> {
    await rows(
      tx,
      `UPDATE resend_ladder SET sent = $4, first_sms_at = $5, last_sent_at = $6
       WHERE number_index = $1 AND subject_kind = $2 AND subject_id = $3`,
      [
        ...this.#ladderKey(number, subject),
        ladder.sent,
        dateOf(ladder.firstSmsAtMs),
        dateOf(ladder.lastSentAtMs),
      ],
    );
  }

  async lockCounts(tx: Transaction, parties: LimitedParties, nowMs: number): Promise<CodeCounts> {
    // All transactions lock in one order. The update changes nothing; it locks the row and returns it.
    const found = await rows<{ kind: LimitKind; window: Window; sent: number }>(
      tx,
      `INSERT INTO code_count AS counted (kind, key, window_name, started_at)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) ORDER BY 1, 2, 3, 4
       ON CONFLICT (kind, key, window_name, started_at) DO UPDATE SET sent = counted.sent
       RETURNING kind, window_name AS "window", sent`,
      columnsOf(this.#counterKeys(parties, nowMs)),
    );
    const sentOf = (kind: LimitKind, window: Window) =>
      found.find((row) => row.kind === kind && row.window === window)!.sent;
    return Object.fromEntries(
      LIMIT_KINDS.map((kind) => [kind, { hour: sentOf(kind, 'hour'), day: sentOf(kind, 'day') }]),
    ) as CodeCounts;
  }

  async countCode(tx: Transaction, parties: LimitedParties, nowMs: number): Promise<void> {
    await rows(
      tx,
      `UPDATE code_count SET sent = sent + 1
       FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS one (kind, key, window_name, started_at)
       WHERE code_count.kind = one.kind AND code_count.key = one.key
         AND code_count.window_name = one.window_name AND code_count.started_at = one.started_at`,
      columnsOf(this.#counterKeys(parties, nowMs)),
    );
  }

  async conversionsOf(tx: Transaction, number: E164, nowMs: number): Promise<Conversions> {
    const [sums] = await rows<Conversions>(
      tx,
      `SELECT coalesce(sum(approved), 0)::integer AS approved, coalesce(sum(ended), 0)::integer AS ended
       FROM prefix_conversion WHERE prefix_index = $1 AND hour >= $2`,
      [this.#prefixIndex(number), new Date(windowStartMs('hour', nowMs) - windowMs.hour)],
    );
    return sums!;
  }

  async countEnd(tx: Transaction, number: E164, isApproved: boolean): Promise<void> {
    await rows(
      tx,
      `INSERT INTO prefix_conversion AS counted (prefix_index, hour, approved, ended)
       VALUES ($1, date_trunc('hour', clock_timestamp(), 'UTC'), $2, 1)
       ON CONFLICT (prefix_index, hour)
         DO UPDATE SET approved = counted.approved + excluded.approved, ended = counted.ended + 1`,
      [this.#prefixIndex(number), isApproved ? 1 : 0],
    );
  }

  async announceOnce(
    tx: Transaction,
    limit: ReachedLimit,
    parties: LimitedParties,
    nowMs: number,
  ): Promise<boolean> {
    // A conversion is announced once an hour, on a counter that holds no limit of its own.
    const [kind, window] = limit === 'conversion' ? (['prefix', 'hour'] as const) : ([limit, 'day'] as const);
    const marked = await rows(
      tx,
      `UPDATE code_count SET is_announced = true
       WHERE kind = $1 AND key = $2 AND window_name = $3 AND started_at = $4 AND NOT is_announced
       RETURNING 1`,
      [kind, this.#limitKey(kind, parties), window, new Date(windowStartMs(window, nowMs))],
    );
    return marked.length > 0;
  }

  async purge(beforeMs: number, limit: number): Promise<number> {
    const before = new Date(beforeMs);
    let deleted = 0;
    for (const [table, age] of [
      ['code_count', 'started_at'],
      ['prefix_conversion', 'hour'],
      ['resend_ladder', 'touched_at'],
      ['check_count', 'day'],
    ]) {
      const gone = await this.database.rows(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${age} < $1 LIMIT $2))
         RETURNING 1`,
        [before, limit],
      );
      deleted += gone.length;
    }
    return deleted;
  }

  #ladderKey(number: E164, subject: VerificationSubject): [string, string, string] {
    return [this.#number.indexes(number)[0]!, subject.kind, subject.id];
  }

  #prefixIndex(number: E164): string {
    return this.keys.blindIndex(prefixOf(number), PREFIX);
  }

  #counterKeys(parties: LimitedParties, nowMs: number): CounterKeys {
    const all: CounterKeys = { kinds: [], keys: [], windows: [], starts: [] };
    for (const kind of LIMIT_KINDS) {
      for (const window of WINDOWS) {
        all.kinds.push(kind);
        all.keys.push(this.#limitKey(kind, parties));
        all.windows.push(window);
        all.starts.push(new Date(windowStartMs(window, nowMs)));
      }
    }
    return all;
  }

  #limitKey(kind: LimitKind, { number, subject, client }: LimitedParties): string {
    const person = `${subject.kind} ${subject.id}`;
    const values: Record<LimitKind, string> = {
      number,
      subject: person,
      client: client ?? person,
      prefix: prefixOf(number),
      country: callingCodeOf(number),
      spend: 'all',
    };
    return this.keys.blindIndex(`${kind} ${values[kind]}`, LIMIT_KEY);
  }
}

function columnsOf({ kinds, keys, windows, starts }: CounterKeys): unknown[] {
  return [kinds, keys, windows, starts];
}

function ladderFrom(row: LadderRow | undefined): Ladder {
  if (!row) return EMPTY_LADDER;
  return {
    sent: row.sent,
    firstSmsAtMs: row.firstSmsAt?.getTime(),
    lastSentAtMs: row.lastSentAt?.getTime(),
  };
}

function dateOf(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms);
}
