import { Injectable } from '@nestjs/common';
import { MAX_PAGE_BYTES, type LoggedEvent } from '@parley/contracts';
import { formatId, ID_RANDOM_BYTES } from '@parley/kernel';
import { Database, rows, Transactions } from '@parley/persistence';
import { type EventFilter, EventLog, type EventPage, LOG_START, type LogPosition } from '../event-log.js';

/** The most rows that a filtered page reads, so that a filter for a rare event does not read the whole log. */
const FILTERED_ROWS = 2_000;
/** How long before a given time reading starts: longer than any of our transactions lasts and than clocks differ. */
const CLOCK_MARGIN_MS = 60_000;

/**
 * SQL: reads events of transactions below `pg_snapshot_xmin`, which have all ended, in the order of transaction ids.
 * Row ids give no stable order, because a transaction can commit after one that got higher row ids.
 */
const READ_EVENTS = `
  SELECT outbox.xid::text AS "atXid", outbox.id AS "atId",
         CASE WHEN matches THEN headers END AS headers, CASE WHEN matches THEN payload END AS payload
  FROM outbox, LATERAL (
    SELECT ($4::text IS NULL OR ordering_key = $4) AND ($5::text[] IS NULL OR headers->>'ce-type' = ANY($5)) AS matches
  ) AS filter
  WHERE subject LIKE 'evt.%' AND (xid, id) > ($1::xid8, $2::bigint)
    AND xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY outbox.xid, outbox.id LIMIT $3`;

/** Makes Postgres read the page from the index in index order, instead of sorting the rest of the log. */
const IN_INDEX_ORDER = 'SET LOCAL enable_sort = off';

/** SQL: the position of the newest event whose id is lower than $1. Ids begin with their time. */
const NEWEST_BEFORE = `
  SELECT xid::text, id FROM outbox WHERE event_id >= 'evt_' AND event_id < $1 ORDER BY event_id DESC LIMIT 1`;

interface Row {
  readonly atXid: string;
  readonly atId: string;
  /** Null for an event that the filter excludes. */
  readonly headers: Readonly<Record<string, string>> | null;
  readonly payload: Buffer | null;
}

/** Reads the public rows of the outbox as a log. */
@Injectable()
export class PostgresEventLog extends EventLog {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  async read(after: LogPosition, { types, conversationId }: EventFilter, limit: number): Promise<EventPage> {
    const isFiltered = types !== undefined || conversationId !== undefined;
    const maxRows = isFiltered ? FILTERED_ROWS : limit + 1;
    const values = [after.xid, after.id, maxRows, conversationId ?? null, types ?? null];
    const found = await this.transactions.run(async (tx) => {
      const [, page] = await Promise.all([rows(tx, IN_INDEX_ORDER), rows<Row>(tx, READ_EVENTS, values)]);
      return page;
    });
    const events: LoggedEvent[] = [];
    let end = after;
    let bytes = 0;
    for (const { atXid, atId, headers, payload } of found) {
      if (headers && payload) {
        bytes += payload.length;
        if (events.length === limit || (bytes > MAX_PAGE_BYTES && events.length > 0)) {
          return { events, end, hasMore: true };
        }
        events.push(eventOf(headers, payload));
      }
      end = { xid: atXid, id: atId };
    }
    return { events, end, hasMore: found.length === maxRows };
  }

  async positionBefore(time: Date): Promise<LogPosition> {
    const before = formatId(
      'evt',
      Math.max(0, time.getTime() - CLOCK_MARGIN_MS),
      new Uint8Array(ID_RANDOM_BYTES),
    );
    const [found] = await this.database.rows<LogPosition>(NEWEST_BEFORE, [before]);
    return found ?? LOG_START;
  }
}

function eventOf(headers: Readonly<Record<string, string>>, payload: Buffer): LoggedEvent {
  const sequence = headers['ce-conversationsequence'];
  return {
    specversion: headers['ce-specversion']!,
    id: headers['ce-id']!,
    source: headers['ce-source']!,
    type: headers['ce-type']!,
    subject: headers['ce-subject']!,
    time: headers['ce-time']!,
    datacontenttype: headers['ce-datacontenttype']!,
    ...(sequence !== undefined && { conversationsequence: Number(sequence) }),
    data: JSON.parse(payload.toString()) as Record<string, unknown>,
  };
}
