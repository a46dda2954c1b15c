import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { E164 } from '@parley/kernel';
import { Database, PhoneColumn, repository, rows, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { type FindOptionsWhere, In } from 'typeorm';
import { type Line, LineStore } from '../line-store.js';
import { LineEntity } from './line.entity.js';

/** The purpose for which a line's number is encrypted and indexed; the stored values are useless in another column. */
export const LINE_NUMBER_PURPOSE = 'gateway.line.number';

@Injectable()
export class PostgresLineStore extends LineStore {
  readonly #number: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
    this.#number = new PhoneColumn(keys, LINE_NUMBER_PURPOSE);
  }

  async all(): Promise<Line[]> {
    const found = await this.database.withRepository(LineEntity, (lines) => lines.find());
    return found.map(({ id, sealedNumber }) => ({ id, number: this.#number.open(sealedNumber, id) }));
  }

  async find(number: E164): Promise<Line | undefined> {
    const line = await this.database.withRepository(LineEntity, (lines) => lines.findOneBy(this.#by(number)));
    return line ? { id: line.id, number } : undefined;
  }

  async ensure(number: E164): Promise<Line> {
    return this.transactions.run(async (tx) => {
      // No unique key prevents a second line under another data key: lock, and look under every key.
      await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('gateway.line', 0))`);
      const lines = await repository(tx, LineEntity);
      const known = await lines.findOneBy(this.#by(number));
      if (known) return { id: known.id, number };
      const id = newId('line');
      const { sealed, index } = this.#number.seal(number, id);
      await lines.insert({ id, sealedNumber: sealed, numberIndex: index });
      return { id, number };
    });
  }

  #by(number: E164): FindOptionsWhere<LineEntity> {
    return { numberIndex: In([...this.#number.indexes(number)]) };
  }
}
