import { Injectable } from '@nestjs/common';
import { TurnRecord } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { CallId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { TurnStore } from '../turn-store.js';

interface TurnRow {
  turn_no: number;
  sealed_record: string;
}

@Injectable()
export class PostgresTurnStore extends TurnStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  async add(tx: Transaction, callId: CallId, record: TurnRecord): Promise<boolean> {
    const sealed = this.keys.encrypt(JSON.stringify(record), placeOf(callId, record.turnNo));
    const added = await rows(
      tx,
      `INSERT INTO call_turn (call_id, turn_no, sealed_record) VALUES ($1, $2, $3)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [callId, record.turnNo, sealed],
    );
    return added.length > 0;
  }

  async newest(callId: CallId, limit: number): Promise<TurnRecord[]> {
    const found = await this.database.rows<TurnRow>(
      'SELECT turn_no, sealed_record FROM call_turn WHERE call_id = $1 ORDER BY turn_no DESC LIMIT $2',
      [callId, limit],
    );
    return found.map((row) => this.#open(callId, row)).toReversed();
  }

  async after(callId: CallId, turnNo: number, limit: number): Promise<TurnRecord[]> {
    const found = await this.database.rows<TurnRow>(
      `SELECT turn_no, sealed_record FROM call_turn WHERE call_id = $1 AND turn_no > $2
       ORDER BY turn_no LIMIT $3`,
      [callId, turnNo, limit],
    );
    return found.map((row) => this.#open(callId, row));
  }

  #open(callId: CallId, { turn_no: turnNo, sealed_record: sealed }: TurnRow): TurnRecord {
    return TurnRecord.parse(JSON.parse(this.keys.decrypt(sealed, placeOf(callId, turnNo))));
  }
}

function placeOf(callId: CallId, turnNo: number): string {
  return `voice.call_turn.record:${callId}:${turnNo}`;
}
