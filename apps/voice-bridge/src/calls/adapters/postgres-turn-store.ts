import { Injectable } from '@nestjs/common';
import { TurnRecord } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { CallId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import type { HeldStream } from '../call-store.js';
import { OpenTurn } from '../open-turn.js';
import { type AbandonedTurn, TurnStore } from '../turn-store.js';

const COLUMNS = 'turn_no AS "turnNo", sealed_record AS "sealedRecord"';

const OPEN_COLUMNS = `open.call_id AS "callId", open.turn_no AS "turnNo", open.sealed_turn AS "sealedTurn",
  open.heard_chars AS "heardChars", open.heard_ms AS "heardMs"`;

interface TurnRow {
  turnNo: number;
  readonly sealedRecord: string;
}

interface OpenTurnRow {
  readonly callId: CallId;
  turnNo: number;
  readonly sealedTurn: string;
  readonly heardChars: number;
  readonly heardMs: number;
}

@Injectable()
export class PostgresTurnStore extends TurnStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  /**
   * Stores the open turn. Its row must survive a crash of this process but not a power cut, so Postgres need not flush
   * it to disk. (`set_config` holds for the statement's own transaction.) A turn with the same number and another id
   * belongs to a newer media stream.
   */
  async storeOpen({ callId, streamToken }: HeldStream, turn: OpenTurn): Promise<void> {
    const sealed = this.keys.encrypt(JSON.stringify(turn), openFieldOf(callId, turn.turnNo));
    await this.database.rows(
      `INSERT INTO call_open_turn AS open (call_id, turn_no, turn_id, sealed_turn)
       SELECT id, $3, $4, $5 FROM call
       WHERE id = $1 AND stream_token = $2 AND set_config('synchronous_commit', 'off', true) IS NOT NULL
       ON CONFLICT (call_id, turn_no) DO UPDATE
       SET turn_id = excluded.turn_id, sealed_turn = excluded.sealed_turn,
           heard_chars = CASE WHEN open.turn_id = excluded.turn_id THEN open.heard_chars ELSE 0 END,
           heard_ms = CASE WHEN open.turn_id = excluded.turn_id THEN open.heard_ms ELSE 0 END`,
      [callId, streamToken, turn.turnNo, turn.turnId, sealed],
    );
  }

  async add(tx: Transaction, callId: CallId, record: TurnRecord): Promise<boolean> {
    const sealed = this.keys.encrypt(JSON.stringify(record), fieldOf(callId, record.turnNo));
    const added = await rows(
      tx,
      `INSERT INTO call_turn (call_id, turn_no, sealed_record) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [callId, record.turnNo, sealed],
    );
    await rows(tx, 'DELETE FROM call_open_turn WHERE call_id = $1 AND turn_no = $2', [callId, record.turnNo]);
    return added.length > 0;
  }

  async openOf(callId: CallId): Promise<AbandonedTurn[]> {
    const found = await this.database.rows<OpenTurnRow>(
      `SELECT ${OPEN_COLUMNS} FROM call_open_turn open WHERE call_id = $1 ORDER BY turn_no`,
      [callId],
    );
    return found.flatMap((row) => this.#openTurnOf(row));
  }

  async abandonedFor(silentMs: number, limit: number): Promise<AbandonedTurn[]> {
    const found = await this.database.rows<OpenTurnRow>(
      `SELECT ${OPEN_COLUMNS}
       FROM call_open_turn open JOIN call ON call.id = open.call_id
       WHERE call.status IN ('ending', 'ended', 'failed')
         AND call.stream_seen_at < clock_timestamp() - $1 * interval '1 millisecond'
       ORDER BY open.call_id, open.turn_no LIMIT $2`,
      [silentMs, limit],
    );
    return found.flatMap((row) => this.#openTurnOf(row));
  }

  async newest(callId: CallId, limit: number): Promise<TurnRecord[]> {
    const found = await this.database.rows<TurnRow>(
      `SELECT ${COLUMNS} FROM call_turn WHERE call_id = $1 ORDER BY turn_no DESC LIMIT $2`,
      [callId, limit],
    );
    return found.map((row) => this.#open(callId, row)).toReversed();
  }

  async after(callId: CallId, turnNo: number, limit: number): Promise<TurnRecord[]> {
    const found = await this.database.rows<TurnRow>(
      `SELECT ${COLUMNS} FROM call_turn WHERE call_id = $1 AND turn_no > $2
       ORDER BY turn_no LIMIT $3`,
      [callId, turnNo, limit],
    );
    return found.map((row) => this.#open(callId, row));
  }

  /**
   * Returns the open turn of a row; none if this release cannot read it, because then the release that wrote it closes
   * the turn.
   */
  #openTurnOf(row: OpenTurnRow): AbandonedTurn[] {
    const { callId, turnNo, sealedTurn, heardChars, heardMs } = row;
    const opened: unknown = JSON.parse(this.keys.decrypt(sealedTurn, openFieldOf(callId, turnNo)));
    const { data: turn } = OpenTurn.safeParse(opened);
    return turn ? [{ callId, turn, heardChars, heardMs }] : [];
  }

  #open(callId: CallId, { turnNo, sealedRecord }: TurnRow): TurnRecord {
    return TurnRecord.parse(JSON.parse(this.keys.decrypt(sealedRecord, fieldOf(callId, turnNo))));
  }
}

function fieldOf(callId: CallId, turnNo: number): string {
  return `voice.call_turn.record:${callId}:${turnNo}`;
}

function openFieldOf(callId: CallId, turnNo: number): string {
  return `voice.call_open_turn.turn:${callId}:${turnNo}`;
}
