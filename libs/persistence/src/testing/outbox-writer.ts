import { SmsReceived } from '@parley/contracts';
import { formatId } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import type { JetStreamPublisher, NatsLink } from '@parley/messaging';
import { onTestFinished } from 'vitest';

import { scaleTimes } from '@parley/resilience';
import type { Database } from '../database/database.js';
import { DuePoll } from '../due-poll.js';
import { OutboxRelay } from '../outbox/outbox-relay.js';
import { Outbox } from '../outbox/outbox.js';
import { persistenceTimes, type PersistenceTimes } from '../persistence-times.js';
import { rows, type Transaction } from '../database/transaction.js';
import { Transactions } from '../database/transactions.js';
import { codec } from './stack.js';

/** Short enough for tests to wait for, long enough not to expire on a busy machine. */
export const testTimes: PersistenceTimes = scaleTimes(persistenceTimes, 0.1);

let threads = 0;
export const newThread = () => formatId('thr', 1_000 + ++threads, new Uint8Array(10));

/** One process of a service that writes to its outbox and publishes it. */
export function replica(
  service: string,
  database: Database,
  { link, publisher }: { link: NatsLink; publisher: JetStreamPublisher },
  times: PersistenceTimes = testTimes,
) {
  const relay = new OutboxRelay(service, database, publisher, link, times, new DuePoll(database, times));
  const outbox = new Outbox(service, codec, relay);
  const transactions = new Transactions(database);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= relay.stop());
  onTestFinished(stop);

  const add = (tx: Transaction, threadId: ReturnType<typeof newThread>, threadSeq: number, text = 'Hi') =>
    outbox.add(tx, {
      contract: SmsReceived,
      data: {
        ...SmsReceived.example,
        threadId,
        threadSeq,
        text,
      } as SmsReceived,
    });

  /** Numbers the thread's texts under the lock of its row, as the gateway does. */
  const receive = (threadId: ReturnType<typeof newThread>, text?: string): Promise<number> =>
    transactions.run(async (tx) => {
      const [counted] = await rows<{ value: number }>(
        tx,
        `INSERT INTO counter (key, value) VALUES ($1, 1)
         ON CONFLICT (key) DO UPDATE SET value = counter.value + 1 RETURNING value`,
        [threadId],
      );
      await add(tx, threadId, counted!.value, text);
      return counted!.value;
    });

  return { relay, outbox, transactions, add, receive, stop };
}

/** Returns how many rows are neither published nor failed. */
export async function unpublishedCount(database: Database): Promise<number> {
  const [count] = await database.rows<{ count: string }>(
    'SELECT count(*) FROM outbox WHERE published_at IS NULL AND failed_at IS NULL',
  );
  return Number(count!.count);
}

export const untilAllPublished = (database: Database) =>
  waitUntil('the outbox to be published', async () => (await unpublishedCount(database)) === 0);

export const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
