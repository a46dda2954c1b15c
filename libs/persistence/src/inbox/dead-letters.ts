import { catalogue, type DeadLetterPosition, type DeadLetterView, typeOf } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import type { FailedMessage, MessageHeaders } from '@parley/messaging';

import type { Database } from '../database/database.js';
import { deadLetterAad } from './postgres-failed-messages.js';

/** After this time the process of a redrive counts as dead. It is longer than a handler's own limit of 30 s. */
const REDRIVE_LEASE = '1 minute';
/** How long answers to redrive requests are stored: as long as inbox rows. */
const ANSWER_RETENTION = '7 days';

const COLUMNS = `consumer, event_id AS "eventId", subject, headers, payload, error, received_at AS "receivedAt",
  to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "diedAt"`;

/** Lists dead letters, the newest first. COLLATE "C" makes the order independent of the database's locale. */
const LIST = `
  SELECT ${COLUMNS} FROM inbox
  WHERE payload IS NOT NULL AND ($2::timestamptz IS NULL
    OR (updated_at, consumer COLLATE "C", event_id COLLATE "C") < ($2::timestamptz, $3, $4))
  ORDER BY updated_at DESC, consumer COLLATE "C" DESC, event_id COLLATE "C" DESC LIMIT $1`;

const GET = `SELECT ${COLUMNS} FROM inbox WHERE consumer = $1 AND event_id = $2 AND payload IS NOT NULL`;

const ANSWER = `SELECT consumer, event_id AS "eventId", outcome, error FROM inbox_redrive WHERE request_id = $1`;

/** Claims a dead letter. Its row gets the state 'failing', because the handler can mark only such a row as handled. */
const BEGIN = `
  WITH old AS (
    DELETE FROM inbox_redrive WHERE begun_at < clock_timestamp() - interval '${ANSWER_RETENTION}'
  ), taken AS (
    UPDATE inbox SET state = 'failing', attempts = 0, updated_at = clock_timestamp()
    WHERE consumer = $2 AND event_id = $3 AND payload IS NOT NULL
      AND (state = 'dead' OR updated_at < clock_timestamp() - interval '${REDRIVE_LEASE}')
    RETURNING ${COLUMNS}
  ), recorded AS (
    INSERT INTO inbox_redrive (request_id, consumer, event_id) SELECT $1, $2, $3 FROM taken
    ON CONFLICT (request_id) DO UPDATE SET begun_at = clock_timestamp()
  )
  SELECT * FROM taken`;

/** Marks the message as handled, so that no other process handles it. */
const SETTLE = `
  UPDATE inbox SET state = 'done', error = NULL, payload = NULL, updated_at = clock_timestamp()
  WHERE consumer = $1 AND event_id = $2 AND state = 'failing'`;

const RELEASE = `UPDATE inbox SET state = 'dead' WHERE consumer = $1 AND event_id = $2 AND state = 'failing'`;

const STORE_ANSWER = `UPDATE inbox_redrive SET outcome = $2, error = $3 WHERE request_id = $1`;
const DROP_REQUEST = `DELETE FROM inbox_redrive WHERE request_id = $1 AND outcome IS NULL`;

export interface DeadLetterId {
  readonly consumer: string;
  readonly eventId: string;
}

/** A redrive that was requested. */
export interface RedriveState extends DeadLetterId {
  /** Null while the redrive runs. */
  readonly outcome: 'handled' | 'failed' | null;
  readonly error: string | null;
}

interface DeadLetterRow extends DeadLetterId {
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly payload: string;
  readonly error: string;
  readonly receivedAt: Date;
  readonly diedAt: string;
}

/** This service's dead letters: the inbox rows that still have their payload. */
export class DeadLetters {
  constructor(
    private readonly database: Database,
    private readonly keys: DataKeys,
  ) {}

  async list(limit: number, after: DeadLetterPosition | undefined): Promise<DeadLetterView[]> {
    const { diedAt = null, consumer = null, eventId = null } = after ?? {};
    const found = await this.database.rows<DeadLetterRow>(LIST, [limit, diedAt, consumer, eventId]);
    return found.map((row) => this.#viewOf(row));
  }

  async get({ consumer, eventId }: DeadLetterId): Promise<DeadLetterView | undefined> {
    const [row] = await this.database.rows<DeadLetterRow>(GET, [consumer, eventId]);
    return row && this.#viewOf(row);
  }

  /** Returns the answer that an earlier request with this id got. */
  async answerTo(requestId: string): Promise<RedriveState | undefined> {
    const [answer] = await this.database.rows<RedriveState>(ANSWER, [requestId]);
    return answer;
  }

  /** Claims a dead letter for a redrive. Returns undefined if it does not exist or another request redrives it. */
  async begin(requestId: string, { consumer, eventId }: DeadLetterId): Promise<FailedMessage | undefined> {
    const [row] = await this.database.rows<DeadLetterRow>(BEGIN, [requestId, consumer, eventId]);
    return row && { id: eventId, subject: row.subject, headers: row.headers, payload: this.#payloadOf(row) };
  }

  /** Records that the message was handled, now or before. */
  async settle({ consumer, eventId }: DeadLetterId): Promise<void> {
    await this.database.rows(SETTLE, [consumer, eventId]);
  }

  async storeAnswer(requestId: string, outcome: 'handled' | 'failed', error?: string): Promise<void> {
    await this.database.rows(STORE_ANSWER, [requestId, outcome, error ?? null]);
  }

  /**
   * Releases a dead letter whose handler failed with a retryable error. It stays unchanged, and the same request may be
   * repeated.
   */
  async release(requestId: string, { consumer, eventId }: DeadLetterId): Promise<void> {
    await this.database.rows(RELEASE, [consumer, eventId]);
    await this.database.rows(DROP_REQUEST, [requestId]);
  }

  #payloadOf({ consumer, eventId, payload }: DeadLetterRow): Buffer {
    return Buffer.from(this.keys.decrypt(payload, deadLetterAad(consumer, eventId)), 'base64');
  }

  #viewOf(row: DeadLetterRow): DeadLetterView {
    const { consumer, eventId, subject, headers, receivedAt, diedAt } = row;
    const [type, time] = [headers['ce-type'], headers['ce-time']];
    return {
      consumer,
      eventId,
      subject: withoutNumbers(subject),
      ...(type !== undefined && { type: withoutNumbers(type) }),
      ...(time !== undefined && { occurredAt: withoutNumbers(time) }),
      receivedAt: receivedAt.toISOString(),
      diedAt,
      error: withoutNumbers(row.error),
      ...shown(subject, this.#payloadOf(row)),
    };
  }
}

/** Masks long numbers in an error's text, because the text may quote the message. */
export function withoutNumbers(text: string): string {
  return text.replaceAll(/\+?(?<![\da-z_-])\d{7,}(?![\da-z])/gi, '…');
}

/**
 * Shows a field only if it is not secret and matches the contract. Any other field may contain a phone number or a
 * body.
 */
function shown(subject: string, payload: Buffer): Pick<DeadLetterView, 'data' | 'hidden'> {
  const contract = catalogue.find((each) => subject.startsWith(`${typeOf(each)}.`));
  const fields = fieldsOf(payload);
  const data: Record<string, unknown> = {};
  const hidden: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const schema = contract?.schema.shape[name];
    const isOpen = schema !== undefined && contract?.kind !== 'evt' && !contract?.secretFields.includes(name);
    if (isOpen && schema.safeParse(value).success) data[name] = value;
    else hidden.push(schema === undefined ? '(unknown)' : name);
  }
  return { data, hidden: [...new Set(hidden)] };
}

function fieldsOf(payload: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(payload.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
