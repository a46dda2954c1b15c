import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { CallId } from '@parley/kernel';
import { Database, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { type Call, type EndReason, type IncomingCall, isOver } from '../call.js';
import {
  type AnnouncedCall,
  CallStore,
  type ClaimedStream,
  type LostStream,
  type MediaTokenCheck,
  type StreamProgress,
  type StreamToken,
} from '../call-store.js';

const PERSON_NUMBER = 'voice.call.person';
const LINE_NUMBER = 'voice.call.line';
const MEDIA_TOKEN_BYTES = 24;

/** A call's columns, as the reader of REST needs them too. */
export const CALL_COLUMNS = `id, call_sid, direction, status, agent_key, sealed_person, sealed_line,
  end_reason, started_at, answered_at, ended_at`;

export interface CallRow {
  id: CallId;
  call_sid: string;
  direction: Call['direction'];
  status: Call['status'];
  agent_key: string;
  sealed_person: string | null;
  sealed_line: string;
  end_reason: EndReason | null;
  started_at: Date;
  answered_at: Date | null;
  ended_at: Date | null;
}

/** Opens the numbers of a call's row. */
export class CallRows {
  readonly person: PhoneColumn;
  readonly line: PhoneColumn;

  constructor(keys: DataKeys) {
    this.person = new PhoneColumn(keys, PERSON_NUMBER);
    this.line = new PhoneColumn(keys, LINE_NUMBER);
  }

  callOf(row: CallRow): Call {
    return {
      id: row.id,
      callSid: row.call_sid,
      direction: row.direction,
      status: row.status,
      agentKey: row.agent_key,
      person: row.sealed_person === null ? undefined : this.person.open(row.sealed_person, row.id),
      line: this.line.open(row.sealed_line, row.id),
      startedAt: row.started_at,
      answeredAt: row.answered_at ?? undefined,
      endedAt: row.ended_at ?? undefined,
      endReason: row.end_reason ?? undefined,
    };
  }
}

@Injectable()
export class PostgresCallStore extends CallStore {
  readonly #rows: CallRows;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#rows = new CallRows(keys);
  }

  async announce(
    tx: Transaction,
    { callSid, person, line, receivedAt }: IncomingCall,
    agentKey: string,
    tokenMs: number,
  ): Promise<AnnouncedCall> {
    const id = newId('call');
    const sealedPerson = person && this.#rows.person.seal(person, id);
    const [row] = await rows<CallRow & { media_token: string; is_new: boolean }>(
      tx,
      `INSERT INTO call (id, call_sid, direction, status, agent_key, sealed_person, person_index, sealed_line,
                         media_token, media_token_expires_at, started_at)
       VALUES ($1, $2, 'inbound', 'ringing', $3, $4, $5, $6, $7,
               clock_timestamp() + $8 * interval '1 millisecond', $9)
       ON CONFLICT (call_sid) DO UPDATE
         SET media_token_expires_at = excluded.media_token_expires_at
       RETURNING ${CALL_COLUMNS}, media_token, id = $1 AS is_new`,
      [
        id,
        callSid,
        agentKey,
        sealedPerson?.sealed ?? null,
        sealedPerson?.index ?? null,
        this.#rows.line.seal(line, id).sealed,
        randomBytes(MEDIA_TOKEN_BYTES).toString('base64url'),
        tokenMs,
        receivedAt,
      ],
    );
    return { call: this.#rows.callOf(row!), mediaToken: row!.media_token, isNew: row!.is_new };
  }

  async checkMediaToken(callId: CallId, token: string): Promise<MediaTokenCheck> {
    const [row] = await this.database.rows<CallRow & { is_young: boolean }>(
      `SELECT ${CALL_COLUMNS}, media_token_expires_at > clock_timestamp() AS is_young
       FROM call WHERE id = $1 AND media_token = $2`,
      [callId, token],
    );
    if (!row) return { kind: 'unknown' };
    if (isOver(row.status)) return { kind: 'over' };
    return row.is_young ? { kind: 'valid', call: this.#rows.callOf(row) } : { kind: 'expired' };
  }

  async claim(
    tx: Transaction,
    callId: CallId,
    callSid: string,
    streamToken: StreamToken,
  ): Promise<ClaimedStream | undefined> {
    const [row] = await rows<CallRow & { stream_no: number; last_turn_no: number }>(
      tx,
      `UPDATE call
       SET stream_token = $3, stream_no = stream_no + 1, stream_seen_at = clock_timestamp(), status = 'in-progress',
           answered_at = COALESCE(answered_at, clock_timestamp())
       WHERE id = $1 AND call_sid = $2 AND status IN ('ringing', 'in-progress')
       RETURNING ${CALL_COLUMNS}, stream_no,
         GREATEST(turn_no, (SELECT COALESCE(max(t.turn_no), 0) FROM call_turn t WHERE t.call_id = call.id))
           AS last_turn_no`,
      [callId, callSid, streamToken],
    );
    return row && { call: this.#rows.callOf(row), streamNo: row.stream_no, lastTurnNo: row.last_turn_no };
  }

  async renew(streams: readonly StreamProgress[]): Promise<LostStream[]> {
    const found = await this.database.rows<{
      call_id: CallId;
      stream_token: StreamToken;
      status: Call['status'];
      successor: StreamToken | null;
    }>(
      `WITH ours AS (
         SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::int[])
           AS o (call_id, stream_token, turn_no, heard_chars)
       ), renewed AS (
         UPDATE call SET stream_seen_at = clock_timestamp(), turn_no = ours.turn_no, heard_chars = ours.heard_chars
         FROM ours
         WHERE call.id = ours.call_id AND call.stream_token = ours.stream_token AND call.ended_at IS NULL
         RETURNING call.id
       )
       SELECT ours.call_id, ours.stream_token::text, call.status, call.stream_token::text AS successor
       FROM ours JOIN call ON call.id = ours.call_id
       WHERE ours.call_id NOT IN (SELECT id FROM renewed)
          OR call.stream_token IS DISTINCT FROM ours.stream_token`,
      [
        streams.map(({ callId }) => callId),
        streams.map(({ streamToken }) => streamToken),
        streams.map(({ turnNo }) => turnNo),
        streams.map(({ heardChars }) => heardChars),
      ],
    );
    return found.map((row) => ({
      callId: row.call_id,
      streamToken: row.stream_token,
      isCallOver: row.status === 'completed' || row.status === 'failed',
      hasSuccessor: row.successor !== null && row.successor !== row.stream_token,
    }));
  }

  async lock(tx: Transaction, callId: CallId): Promise<Call | undefined> {
    return this.#locked(tx, 'id', callId);
  }

  async lockBySid(tx: Transaction, callSid: string): Promise<Call | undefined> {
    return this.#locked(tx, 'call_sid', callSid);
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
       WHERE id = $1 AND status IN ('ringing', 'in-progress') AND ($3::uuid IS NULL OR stream_token = $3::uuid)
       RETURNING id`,
      [callId, reason, streamToken ?? null],
    );
    return begun.length > 0;
  }

  async end(
    tx: Transaction,
    callId: CallId,
    status: 'completed' | 'failed',
    reason: EndReason,
    endedAt: Date,
  ): Promise<void> {
    await rows(
      tx,
      `UPDATE call SET status = $2, end_reason = COALESCE(end_reason, $3), ended_at = $4
       WHERE id = $1 AND ended_at IS NULL`,
      [callId, status, reason, endedAt],
    );
  }

  async silentSince(silentMs: number, limit: number): Promise<CallId[]> {
    const found = await this.database.rows<{ id: CallId }>(
      `SELECT id FROM call
       WHERE ended_at IS NULL
         AND COALESCE(stream_seen_at, media_token_expires_at) < clock_timestamp() - $1 * interval '1 millisecond'
       LIMIT $2`,
      [silentMs, limit],
    );
    return found.map(({ id }) => id);
  }

  async #locked(tx: Transaction, column: 'id' | 'call_sid', value: string): Promise<Call | undefined> {
    const [row] = await rows<CallRow>(
      tx,
      `SELECT ${CALL_COLUMNS} FROM call WHERE ${column} = $1 FOR UPDATE`,
      [value],
    );
    return row && this.#rows.callOf(row);
  }
}
