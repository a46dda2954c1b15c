import { RetryableError } from '@parley/resilience';
import { expect, it, onTestFinished } from 'vitest';

import { migrate } from '../schema/migrate.js';
import { CounterEntity } from '../testing/counter.entity.js';
import { newService } from '../testing/stack.js';
import { Database } from './database.js';
import { repository, rows } from './transaction.js';
import { Transactions } from './transactions.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

/** The pool has one connection, so that only the first transaction is the first of its connection. */
async function given() {
  const service = await newService(postgres);
  await migrate(service);
  const database = new Database({ ...service, entities: [CounterEntity], poolSize: 1 });
  onTestFinished(() => database.close());
  await database.connect();
  const counters = () =>
    database.withRepository(CounterEntity, (each) => each.find({ order: { key: 'ASC' } }));
  return { database, counters, transactions: new Transactions(database) };
}

it("a repository's changes are committed and rolled back with its transaction", async () => {
  const { counters, transactions } = await given();
  for (const key of ['a', 'b']) {
    const refused = transactions.run(async (tx) => {
      const all = await repository(tx, CounterEntity);
      await all.save({ key, value: 1 });
      throw new TypeError('changed its mind');
    });
    await expect(refused).rejects.toThrow('changed its mind');
    expect(await counters()).toEqual([]);
  }
  await transactions.run(async (tx) => {
    const all = await repository(tx, CounterEntity);
    await all.save({ key: 'a', value: 1 });
    await rows(tx, 'UPDATE counter SET value = value + 1');
    await all.save({ key: 'b', value: 1 });
  });
  expect(await counters()).toEqual([
    { key: 'a', value: 2 },
    { key: 'b', value: 1 },
  ]);
});

it('a repository that is used after a statement writes in the same transaction', async () => {
  const { counters, transactions } = await given();
  await transactions.run(async () => undefined);
  const refused = transactions.run(async (tx) => {
    const inserted = rows(tx, `INSERT INTO counter VALUES ('a', 1)`);
    const all = await repository(tx, CounterEntity);
    await all.save({ key: 'b', value: 1 });
    await inserted;
    throw new TypeError('changed its mind');
  });
  await expect(refused).rejects.toThrow('changed its mind');
  expect(await counters()).toEqual([]);
});

it('a repository throws retryable errors while Postgres is unavailable', async () => {
  const { counters } = await given();
  expect(await counters()).toEqual([]);
  await postgres.stop('immediate');
  await expect(counters()).rejects.toThrow(RetryableError);
  await postgres.start();
  await expect.poll(() => counters().catch(() => undefined)).toEqual([]);
});
