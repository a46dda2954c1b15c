import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { E164, LineId } from '@parley/kernel';
import { Database, PhoneColumn, rows, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { type Line, LineStore } from '../line-store.js';

/** The purpose under which a line's number is sealed and indexed. */
export const LINE_NUMBER = 'gateway.line.number';

const LINE_OF_NUMBER = 'SELECT id, sealed_number FROM line WHERE number_index = ANY($1)';

interface LineRow {
  id: LineId;
  sealed_number: string;
}

@Injectable()
export class PostgresLineStore extends LineStore {
  readonly #number: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
    this.#number = new PhoneColumn(keys, LINE_NUMBER);
  }

  async all(): Promise<Line[]> {
    const found = await this.database.rows<LineRow>('SELECT id, sealed_number FROM line');
    return found.map((row) => ({ id: row.id, number: this.#number.open(row.sealed_number, row.id) }));
  }

  async find(number: E164): Promise<Line | undefined> {
    const [row] = await this.database.rows<LineRow>(LINE_OF_NUMBER, [this.#number.indexes(number)]);
    return row && { id: row.id, number };
  }

  async ensure(number: E164): Promise<Line> {
    const id = newId('line');
    const { sealed, index } = this.#number.seal(number, id);
    return this.transactions.run(async (tx) => {
      // An index under an older key does not collide with ours: look under every key, while the lock lets no other add one.
      await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('gateway.line', 0))`);
      const [known] = await rows<LineRow>(tx, LINE_OF_NUMBER, [this.#number.indexes(number)]);
      if (known) return { id: known.id, number };
      await rows(tx, 'INSERT INTO line (id, sealed_number, number_index) VALUES ($1, $2, $3)', [
        id,
        sealed,
        index,
      ]);
      return { id, number };
    });
  }
}
