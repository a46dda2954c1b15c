import { describe, expect, it } from 'vitest';

import { connectedService, keys } from '../testing/stack.js';
import { rows } from '../database/transaction.js';
import { Transactions } from '../database/transactions.js';
import { Inbox } from './inbox.js';
import { PostgresFailedMessages } from './postgres-failed-messages.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

async function given() {
  const { database } = await connectedService(postgres);
  const transactions = new Transactions(database);
  const inbox = new Inbox();
  const handle = (id: string) => transactions.run((tx) => inbox.once(tx, 'noted_x', id));
  return { database, transactions, inbox, handle, failed: new PostgresFailedMessages(database, keys) };
}

const message = {
  id: 'evt_1',
  subject: 'int.sms.received.v1.thr_1',
  headers: { 'ce-id': 'evt_1', odd: 'a\0b' },
  payload: Buffer.from('{"text":"hello"}'),
};

describe('the inbox', () => {
  it('the inbox lets only one of eight simultaneous deliveries of a message do its work', async () => {
    const { database, transactions, inbox } = await given();
    const handled = await Promise.all(
      Array.from({ length: 8 }, () =>
        transactions.run(async (tx) => {
          if (!(await inbox.once(tx, 'noted_x', 'evt_1'))) return false;
          await rows(tx, "INSERT INTO note (text) VALUES ('done')");
          return true;
        }),
      ),
    );
    expect(handled.filter(Boolean)).toHaveLength(1);
    expect(await database.rows('SELECT 1 FROM note')).toHaveLength(1);
  });

  it('a message can be handled after a rollback, and once by each consumer', async () => {
    const { transactions, inbox, handle } = await given();
    const work = transactions.run(async (tx) => {
      await inbox.once(tx, 'noted_x', 'evt_1');
      throw new Error('not now');
    });
    await expect(work).rejects.toThrow('not now');
    expect(await handle('evt_1')).toBe(true);
    expect(await handle('evt_1')).toBe(false);
    expect(await transactions.run((tx) => inbox.once(tx, 'noted_y', 'evt_1'))).toBe(true);
  });

  it('the inbox counts the failures of a message, which can then be handled once', async () => {
    const { failed, handle } = await given();
    expect(await failed.countFailure('noted_x', message, new Error('a'))).toBe(1);
    expect(await failed.countFailure('noted_x', message, new Error('b'))).toBe(2);
    expect(await handle('evt_1')).toBe(true);
    expect(await handle('evt_1')).toBe(false);
  });

  it('a dead letter’s payload is stored sealed, and the message cannot be handled again', async () => {
    const { database, failed, handle } = await given();
    await failed.countFailure('noted_x', message, new Error('a'));
    await failed.storeDeadLetter('noted_x', message, new TypeError('cannot'));
    expect(await handle('evt_1')).toBe(false);
    const [row] = await database.rows<Record<string, string>>('SELECT * FROM inbox');
    expect(row).toMatchObject({
      state: 'dead',
      attempts: 1,
      subject: message.subject,
      headers: { 'ce-id': 'evt_1', odd: 'ab' },
      error: 'TypeError: cannot',
    });
    const opened = Buffer.from(keys.decrypt(row!['payload']!, 'inbox.payload:noted_x:evt_1'), 'base64');
    expect(opened).toEqual(message.payload);
  });

  it('a message that was handled cannot become a dead letter', async () => {
    const { database, failed, handle } = await given();
    await handle('evt_1');
    await failed.storeDeadLetter('noted_x', message, new Error('late'));
    expect(await database.rows('SELECT state FROM inbox')).toEqual([{ state: 'done' }]);
  });
});
