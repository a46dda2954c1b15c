import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { AgentId, CallId, ContactId, ConversationId } from '@parley/kernel';
import { Database, type DueQuery, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import {
  type Attestation,
  type Call,
  type EndReason,
  type IncomingCall,
  isEndingOrOver,
  type StoredCallStatus,
} from '../call.js';
import {
  type AnnouncedCall,
  type BridgeProcess,
  type CallFilter,
  CallStore,
  type ClaimedStream,
  type HeldStream,
  type LiveStream,
  type LostStream,
  type MediaTokenCheck,
  type SilenceLimits,
  type SilentCall,
  type StreamToken,
} from '../call-store.js';

/** The sealed and indexed field of a person's number. */
const PERSON_NUMBER = 'voice.call.person';
/** The sealed field of our own number. */
const LINE_NUMBER_PURPOSE = 'voice.call.line';
const MEDIA_TOKEN_BYTES = 24;

const COLUMNS = `id, call_sid AS "callSid", direction, status, agent_id AS "agentId", sealed_person AS "sealedPerson",
  sealed_line AS "sealedLine", attestation, conversation_id AS "conversationId", contact_id AS "contactId",
  end_reason AS "endReason", started_at AS "startedAt", answered_at AS "answeredAt", ended_at AS "endedAt"`;

/**
 * SQL for the due time of the sweep: reads the live calls, and at most 100 turns that dead processes left
 * open.
 */
const SWEEP_DUE_AT = `
  SELECT least(
    (SELECT min(COALESCE(stream_seen_at, media_token_expires_at)
       + CASE WHEN stream_token IS NULL THEN $1::float8 ELSE $3::float8 END * interval '1 millisecond')
     FROM call WHERE ended_at IS NULL),
    (SELECT min(seen_at) FROM bridge_process) + $1::float8 * interval '1 millisecond',
    (SELECT min(seen_at) FROM (
       SELECT (SELECT stream_seen_at FROM call
               WHERE id = open.call_id AND status IN ('ending', 'ended', 'failed')) AS seen_at
       FROM call_open_turn open ORDER BY call_id, turn_no LIMIT 100 + (SELECT count(*) FROM call WHERE ended_at IS NULL)
     ) AS oldest) + $2::float8 * interval '1 millisecond')`;

interface CallRow {
  id: CallId;
  readonly callSid: string;
  readonly direction: Call['direction'];
  readonly status: StoredCallStatus;
  readonly agentId: AgentId | null;
  readonly sealedPerson: string | null;
  readonly sealedLine: string | null;
  readonly attestation: Attestation;
  readonly conversationId: ConversationId | null;
  readonly contactId: ContactId | null;
  readonly endReason: EndReason | null;
  readonly startedAt: Date;
  readonly answeredAt: Date | null;
  readonly endedAt: Date | null;
}

@Injectable()
export class PostgresCallStore extends CallStore {
  readonly #person: PhoneColumn;
  readonly #line: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#person = new PhoneColumn(keys, PERSON_NUMBER);
    this.#line = new PhoneColumn(keys, LINE_NUMBER_PURPOSE);
  }

  async announce(
    tx: Transaction,
    { callSid, person, line, attestation, receivedAt }: IncomingCall,
    agentId: Call['agentId'],
    tokenMs: number,
  ): Promise<AnnouncedCall> {
    const id = newId('call');
    const number = person && this.#person.seal(person, id);
    const [row] = await rows<CallRow & { mediaToken: string }>(
      tx,
      `INSERT INTO call (id, call_sid, direction, status, agent_id, sealed_person, person_index, sealed_line,
                         attestation, media_token, media_token_expires_at, started_at)
       VALUES ($1, $2, 'inbound', 'ringing', $3, $4, $5, $6, $7, $8,
               clock_timestamp() + $9 * interval '1 millisecond', $10)
       ON CONFLICT (call_sid) DO UPDATE SET media_token_expires_at = excluded.media_token_expires_at
       RETURNING ${COLUMNS}, media_token AS "mediaToken"`,
      [
        id,
        callSid,
        agentId ?? null,
        number?.sealed ?? null,
        number?.index ?? null,
        line ? this.#line.seal(line, id).sealed : null,
        attestation,
        randomBytes(MEDIA_TOKEN_BYTES).toString('base64url'),
        tokenMs,
        receivedAt,
      ],
    );
    return { call: this.#callOf(row!), mediaToken: row!.mediaToken, isNew: row!.id === id };
  }

  async checkMediaToken(callId: CallId, token: string): Promise<MediaTokenCheck> {
    const [row] = await this.database.rows<CallRow & { isYoung: boolean }>(
      `SELECT ${COLUMNS}, media_token_expires_at > clock_timestamp() AS "isYoung"
       FROM call WHERE id = $1 AND media_token = $2`,
      [callId, token],
    );
    if (!row) return { kind: 'unknown' };
    if (isEndingOrOver(row)) return { kind: 'over' };
    return row.isYoung ? { kind: 'valid', call: this.#callOf(row) } : { kind: 'expired' };
  }

  async awaitingSocket(callIds: readonly CallId[]): Promise<CallId[]> {
    const found = await this.database.rows<{ id: CallId }>(
      `SELECT id FROM call
       WHERE id = ANY($1) AND stream_no = 0 AND status IN ('initiated', 'ringing')
         AND media_token_expires_at > clock_timestamp()`,
      [callIds],
    );
    return found.map(({ id }) => id);
  }

  async claim(
    tx: Transaction,
    callId: CallId,
    callSid: string,
    streamToken: StreamToken,
  ): Promise<ClaimedStream | undefined> {
    const [row] = await rows<CallRow & { streamNo: number; lastTurnNo: number; laneToken: string }>(
      tx,
      `UPDATE call
       SET stream_token = $3, stream_no = stream_no + 1, stream_seen_at = clock_timestamp(), status = 'answered',
           answered_at = COALESCE(answered_at, clock_timestamp())
       WHERE id = $1 AND call_sid = $2 AND status IN ('initiated', 'ringing', 'answered')
       RETURNING ${COLUMNS}, stream_no AS "streamNo", lane_token::text AS "laneToken",
         (SELECT COALESCE(max(turn_no), 0) FROM call_turn WHERE call_id = call.id) AS "lastTurnNo"`,
      [callId, callSid, streamToken],
    );
    return (
      row && {
        call: this.#callOf(row),
        streamNo: row.streamNo,
        lastTurnNo: row.lastTurnNo,
        laneToken: row.laneToken,
      }
    );
  }

  async release({ callId, streamToken }: HeldStream): Promise<void> {
    await this.database.rows(
      'UPDATE call SET stream_token = NULL WHERE id = $1 AND stream_token = $2 AND ended_at IS NULL',
      [callId, streamToken],
    );
  }

  async renew({ id, maxCalls }: BridgeProcess, streams: readonly LiveStream[]): Promise<LostStream[]> {
    return this.database.rows<LostStream>(
      `WITH process AS (
         INSERT INTO bridge_process (id, max_calls, seen_at) VALUES ($3, $4, clock_timestamp())
         ON CONFLICT (id) DO UPDATE SET max_calls = excluded.max_calls, seen_at = excluded.seen_at
       ), held AS (
         SELECT * FROM unnest($1::text[], $2::uuid[], $5::integer[], $6::integer[], $7::integer[], $8::integer[])
           AS h (call_id, token, turn_no, generation, heard_chars, heard_ms)
       ), renewed AS (
         UPDATE call SET stream_seen_at = clock_timestamp()
         FROM held WHERE call.id = held.call_id AND call.stream_token = held.token AND call.ended_at IS NULL
         RETURNING call.stream_token
       ), heard AS (
         UPDATE call_open_turn open
         SET generation = held.generation, heard_chars = held.heard_chars, heard_ms = held.heard_ms
         FROM held JOIN renewed ON renewed.stream_token = held.token
         WHERE open.call_id = held.call_id AND open.turn_no = held.turn_no
       )
       SELECT held.call_id AS "callId", held.token::text AS "streamToken",
         CASE WHEN call.ended_at IS NOT NULL THEN 'call-over'
              WHEN call.stream_token IS NULL THEN 'newer-stream-lost'
              ELSE 'taken-over' END AS why
       FROM held JOIN call ON call.id = held.call_id
       WHERE held.token NOT IN (SELECT stream_token FROM renewed)`,
      [
        streams.map(({ callId }) => callId),
        streams.map(({ streamToken }) => streamToken),
        id,
        maxCalls,
        streams.map(({ heard }) => heard?.turnNo),
        streams.map(({ heard }) => heard?.generation),
        streams.map(({ heard }) => heard?.heardChars),
        streams.map(({ heard }) => heard?.heardMs),
      ],
    );
  }

  async forgetProcesses(silentMs: number): Promise<void> {
    await this.database.rows(
      `DELETE FROM bridge_process WHERE seen_at < clock_timestamp() - $1 * interval '1 millisecond'`,
      [silentMs],
    );
  }

  async lock(tx: Transaction, callId: CallId): Promise<Call | undefined> {
    const [row] = await rows<CallRow>(tx, `SELECT ${COLUMNS} FROM call WHERE id = $1 FOR UPDATE`, [callId]);
    return row && this.#callOf(row);
  }

  async lockBySid(tx: Transaction, callSid: string): Promise<Call | undefined> {
    const [row] = await rows<CallRow>(tx, `SELECT ${COLUMNS} FROM call WHERE call_sid = $1 FOR UPDATE`, [
      callSid,
    ]);
    return row && this.#callOf(row);
  }

  async lockStream(tx: Transaction, { callId, streamToken }: HeldStream): Promise<boolean> {
    const found = await rows(tx, 'SELECT 1 FROM call WHERE id = $1 AND stream_token = $2 FOR UPDATE', [
      callId,
      streamToken,
    ]);
    return found.length > 0;
  }

  async isCarriedByAnother(tx: Transaction, { callId, streamToken }: HeldStream): Promise<boolean> {
    const found = await rows(tx, 'SELECT 1 FROM call WHERE id = $1 AND stream_token <> $2 FOR UPDATE', [
      callId,
      streamToken,
    ]);
    return found.length > 0;
  }

  async setConversation(
    callId: CallId,
    { conversationId, contactId }: { conversationId: ConversationId; contactId: ContactId },
  ): Promise<void> {
    await this.database.rows('UPDATE call SET conversation_id = $2, contact_id = $3 WHERE id = $1', [
      callId,
      conversationId,
      contactId,
    ]);
  }

  async beginEnding(
    tx: Transaction,
    callId: CallId,
    reason: EndReason,
    streamToken?: StreamToken,
  ): Promise<boolean> {
    const begun = await rows(
      tx,
      `UPDATE call SET status = 'ending', end_reason = $2
       WHERE id = $1 AND status IN ('initiated', 'ringing', 'answered')
         AND ($3::uuid IS NULL OR stream_token = $3::uuid)
       RETURNING 1`,
      [callId, reason, streamToken ?? null],
    );
    return begun.length > 0;
  }

  async end(
    tx: Transaction,
    callId: CallId,
    { status, reason, endedAt }: { status: 'ended' | 'failed'; reason: EndReason; endedAt: Date },
  ): Promise<{ call: Call; turnCount: number } | undefined> {
    const [row] = await rows<CallRow & { turnCount: number }>(
      tx,
      `UPDATE call SET status = $2, end_reason = COALESCE(end_reason, $3), ended_at = $4
       WHERE id = $1 AND ended_at IS NULL
       RETURNING ${COLUMNS}, COALESCE(GREATEST(
         (SELECT max(turn_no) FROM call_turn WHERE call_id = $1),
         (SELECT max(turn_no) FROM call_open_turn WHERE call_id = $1)), 0) AS "turnCount"`,
      [callId, status, reason, endedAt],
    );
    return row && { call: this.#callOf(row), turnCount: row.turnCount };
  }

  async find(callId: CallId): Promise<Call | undefined> {
    const [row] = await this.database.rows<CallRow>(`SELECT ${COLUMNS} FROM call WHERE id = $1`, [callId]);
    return row && this.#callOf(row);
  }

  /**
   * Reads calls, newest first. Each set of filters has its own statement: one for all sets would read the whole table
   * for a rare value.
   */
  async list(
    { status, direction, conversationId }: CallFilter,
    limit: number,
    before: CallId | undefined,
  ): Promise<Call[]> {
    const conditions = [
      ['status =', status],
      ['direction =', direction],
      ['conversation_id =', conversationId],
      ['id <', before],
    ].filter(([, value]) => value !== undefined);
    const where = conditions.map(([condition], i) => `${condition} $${i + 2}`).join(' AND ') || 'true';
    const found = await this.database.rows<CallRow>(
      `SELECT ${COLUMNS} FROM call WHERE ${where} ORDER BY id DESC LIMIT $1`,
      [limit, ...conditions.map(([, value]) => value)],
    );
    return found.map((row) => this.#callOf(row));
  }

  async silentFor({ waitingMs, carriedMs }: SilenceLimits, limit: number): Promise<SilentCall[]> {
    const found = await this.database.rows<{ id: CallId; token: StreamToken | null; seenAt: Date }>(
      `SELECT id, stream_token::text AS token, COALESCE(stream_seen_at, media_token_expires_at) AS "seenAt"
       FROM call
       WHERE ended_at IS NULL
         AND COALESCE(stream_seen_at, media_token_expires_at) < clock_timestamp()
           - CASE WHEN stream_token IS NULL THEN $1::float8 ELSE $2::float8 END * interval '1 millisecond'
       ORDER BY id LIMIT $3`,
      [waitingMs, carriedMs, limit],
    );
    return found.map((row) => ({
      callId: row.id,
      streamToken: row.token ?? undefined,
      seenAt: row.seenAt,
    }));
  }

  sweepDueAt({ waitingMs, carriedMs }: SilenceLimits, turnMs: number): DueQuery {
    return { sql: SWEEP_DUE_AT, values: [waitingMs, turnMs, carriedMs] };
  }

  #callOf(row: CallRow): Call {
    return {
      id: row.id,
      callSid: row.callSid,
      direction: row.direction,
      status: row.status,
      agentId: row.agentId ?? undefined,
      person: row.sealedPerson === null ? undefined : this.#person.open(row.sealedPerson, row.id),
      line: row.sealedLine === null ? undefined : this.#line.open(row.sealedLine, row.id),
      attestation: row.attestation,
      startedAt: row.startedAt,
      answeredAt: row.answeredAt ?? undefined,
      endedAt: row.endedAt ?? undefined,
      endReason: row.endReason ?? undefined,
      conversationId: row.conversationId ?? undefined,
      contactId: row.contactId ?? undefined,
    };
  }
}
