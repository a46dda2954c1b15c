import { waitUntil } from '@parley/local-stack';
import { RetryableError } from '@parley/resilience';
import { describe, expect, it, onTestFinished } from 'vitest';

import { sqlStateOf } from './database-errors.js';
import { Database } from './database.js';
import { CommitOutcomeUnknownError, TransactionAbortedError } from '../errors.js';
import { freeze } from '../testing/freeze.js';
import { clientOf, connectedService } from '../testing/stack.js';
import { afterCommit, rows, type Transaction, withCommit } from './transaction.js';
import { Transactions } from './transactions.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

const UNIQUE_VIOLATION = '23505';

const note = (tx: Transaction, text: string) => rows(tx, 'INSERT INTO note (text) VALUES ($1)', [text]);
const lock = (tx: Transaction, key: string) => rows(tx, 'UPDATE counter SET value = 1 WHERE key = $1', [key]);
const pidOf = async (tx: Transaction): Promise<number> =>
  (await rows<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid'))[0]!.pid;

async function given() {
  const service = await connectedService(postgres);
  const notes = async (): Promise<string[]> =>
    (await service.database.rows<{ text: string }>('SELECT text FROM note ORDER BY id')).map(
      ({ text }) => text,
    );
  return { ...service, transactions: new Transactions(service.database), notes };
}

/** Makes every COMMIT of a note wait: a deferred constraint trigger runs within COMMIT and waits for a lock. */
async function slowCommits(adminUrl: string) {
  const admin = await clientOf(adminUrl);
  await admin.query(`
    CREATE FUNCTION noted.slow() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON noted.note DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION noted.slow();
    SELECT pg_advisory_lock(1)`);
  const isWaiting = async (pid: number): Promise<boolean> => {
    const sql = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'";
    return (await admin.query(sql, [pid])).rowCount === 1;
  };
  return {
    admin,
    hasBegun: (pid: () => number) => waitUntil('the COMMIT to wait', () => isWaiting(pid())),
    letGo: () => admin.query('SELECT pg_advisory_unlock(1)'),
  };
}

describe('a transaction', () => {
  it('a transaction commits the changes of its work, and calls back when other connections can read them', async () => {
    const { transactions, notes, adminUrl } = await given();
    const commit = await slowCommits(adminUrl);
    let pid = 0;
    let seen: Promise<string[]> | undefined;
    const result = transactions.run(async (tx) => {
      await note(tx, 'one');
      pid = await pidOf(tx);
      afterCommit(tx, () => void (seen = notes()));
      return 1;
    });
    await commit.hasBegun(() => pid);
    expect(seen).toBeUndefined();
    await commit.letGo();
    expect(await result).toBe(1);
    expect(await seen).toEqual(['one']);
  });

  it('a transaction does not call back when Postgres refuses the COMMIT', async () => {
    const { transactions, notes, adminUrl } = await given();
    const admin = await clientOf(adminUrl);
    await admin.query('ALTER TABLE noted.note ADD UNIQUE (text) DEFERRABLE INITIALLY DEFERRED');
    let called = false;
    const work = transactions.run(async (tx) => {
      await note(tx, 'one');
      await note(tx, 'one');
      afterCommit(tx, () => (called = true));
    });
    await expect(work).rejects.toThrow('note_text_key');
    expect(called).toBe(false);
    expect(await notes()).toEqual([]);
  });

  it('a transaction changes nothing when its work throws, and does not call back', async () => {
    const { transactions, notes } = await given();
    let called = false;
    const work = transactions.run(async (tx) => {
      await note(tx, 'one');
      afterCommit(tx, () => (called = true));
      throw new TypeError('a bug');
    });
    await expect(work).rejects.toThrow(TypeError);
    expect(called).toBe(false);
    expect(await notes()).toEqual([]);
  });

  it('a transaction returns the rows that an UPDATE or DELETE returns', async () => {
    const { transactions } = await given();
    await transactions.run(async (tx) => {
      await note(tx, 'one');
      expect(await rows(tx, "UPDATE note SET text = 'two' RETURNING text")).toEqual([{ text: 'two' }]);
      expect(await rows(tx, 'DELETE FROM note RETURNING text')).toEqual([{ text: 'two' }]);
    });
  });

  it('a transaction is rolled back and fails when its work swallows the error of a statement', async () => {
    const { transactions, notes } = await given();
    let called = false;
    const work = transactions.run(async (tx) => {
      await note(tx, 'one');
      afterCommit(tx, () => (called = true));
      await rows(tx, 'SELECT 1/0').catch(() => undefined);
    });
    await expect(work).rejects.toThrow(TransactionAbortedError);
    expect(called).toBe(false);
    expect(await notes()).toEqual([]);
  });

  it('a transaction fails with the error of the statement that failed first, whichever answer its work awaits first', async () => {
    const { transactions } = await given();
    const work = transactions.run(async (tx) => {
      const heardOfLate = async () => {
        await rows(tx, 'SELECT 1/0');
      };
      const both = Promise.all([heardOfLate(), rows(tx, 'SELECT 1')]);
      // Both answers have arrived when this process goes on.
      setImmediate(() => freeze(300));
      await both;
    });
    await expect(work).rejects.toThrow('division by zero');
  });

  it('a transaction runs statements that are started together in their order', async () => {
    const { transactions, notes } = await given();
    await transactions.run(async (tx) => {
      const [, , seen] = await Promise.all([
        note(tx, 'one'),
        note(tx, 'two'),
        rows(tx, 'SELECT text FROM note'),
      ]);
      expect(seen).toEqual([{ text: 'one' }, { text: 'two' }]);
    });
    const second = transactions.run((tx) =>
      Promise.all([note(tx, 'three'), rows(tx, 'SELECT 1/0'), note(tx, 'four')]),
    );
    await expect(second).rejects.toThrow('division by zero');
    expect(await notes()).toEqual(['one', 'two']);
  });

  it('a transaction whose BEGIN fails runs none of the statements that were sent with it', async () => {
    const { database } = await connectedService(postgres, 1);
    const transactions = new Transactions(database);
    /** The connection knows the INSERT already, so Postgres could run it without preparing it. */
    const beginIsLost = () =>
      transactions.run(async (tx) => {
        await note(tx, 'zero');
        await rows(tx, 'DELETE FROM note');
        await rows(tx, 'DEALLOCATE "begin"');
      });
    await beginIsLost();
    const together = transactions.run((tx) =>
      Promise.all([note(tx, 'one'), note(tx, 'two'), note(tx, 'three')]),
    );
    await expect(together).rejects.toThrow(RetryableError);
    await beginIsLost();
    const withItsCommit = transactions.run(async (tx) => {
      for (const text of ['four', 'five']) withCommit(tx, 'INSERT INTO note (text) VALUES ($1)', [text]);
    });
    await expect(withItsCommit).rejects.toThrow(RetryableError);
    expect(await database.rows('SELECT text FROM note')).toEqual([]);
    await transactions.run((tx) => note(tx, 'six'));
    expect(await database.rows('SELECT text FROM note')).toEqual([{ text: 'six' }]);
  });

  it('a transaction runs the statements of withCommit with its COMMIT, and commits nothing if one of them fails', async () => {
    const { transactions, notes } = await given();
    await transactions.run(async (tx) => withCommit(tx, 'INSERT INTO note (text) VALUES ($1)', ['last']));
    let called = false;
    const refused = transactions.run(async (tx) => {
      await note(tx, 'first');
      afterCommit(tx, () => (called = true));
      withCommit(tx, 'INSERT INTO counter (key, value) VALUES ($1, $2), ($1, $2)', ['twice', 1]);
    });
    const error = await refused.catch((cause: unknown) => cause);
    expect(sqlStateOf(error)).toBe(UNIQUE_VIOLATION);
    expect(called).toBe(false);
    expect(await notes()).toEqual(['last']);
  });

  it('a transaction throws the error of a violated constraint without its values', async () => {
    const { transactions } = await given();
    const insert = () =>
      transactions.run((tx) => rows(tx, 'INSERT INTO counter (key, value) VALUES ($1, 1)', ['+15550100001']));
    await insert();
    const error = await insert().then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(sqlStateOf(error)).toBe(UNIQUE_VIOLATION);
    expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain('+15550100001');
  });
});

describe('the failure of a transaction', () => {
  it('a transaction fails with a retryable error when it waits too long for a lock', async () => {
    const { transactions, adminUrl } = await given();
    const other = await clientOf(adminUrl);
    await other.query('BEGIN');
    await other.query('LOCK TABLE noted.note');
    const error = await transactions.run((tx) => note(tx, 'one')).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(RetryableError);
    expect((error as Error).cause).toMatchObject({ code: '55P03' });
  });

  it('one of two transactions in a deadlock fails with a retryable error', async () => {
    const { transactions } = await given();
    await transactions.run((tx) => rows(tx, "INSERT INTO counter VALUES ('a', 0), ('b', 0)"));
    let locked = 0;
    const inOrder = (first: string, second: string) =>
      transactions.run(async (tx) => {
        await lock(tx, first);
        locked++;
        await waitUntil('both to hold a lock', () => locked === 2);
        await lock(tx, second);
      });
    const results = await Promise.allSettled([inOrder('a', 'b'), inOrder('b', 'a')]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]!.reason).toBeInstanceOf(RetryableError);
  });

  it('a transaction fails with a retryable error when a statement takes too long', async () => {
    const { transactions } = await given();
    const work = transactions.run(async (tx) => {
      await rows(tx, "SET LOCAL statement_timeout = '50ms'");
      await rows(tx, 'SELECT pg_sleep(5)');
    });
    await expect(work).rejects.toThrow(RetryableError);
  });

  it('a transaction fails with a retryable error when Postgres ends its idle session', async () => {
    const { transactions, notes } = await given();
    const admin = await clientOf(postgres.adminUrl);
    const work = transactions.run(async (tx) => {
      await note(tx, 'one');
      const pid = await pidOf(tx);
      await rows(tx, "SET LOCAL idle_in_transaction_session_timeout = '50ms'");
      await waitUntil('Postgres to hang up', async () => {
        const { rowCount } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]);
        return rowCount === 0;
      });
      await note(tx, 'two');
    });
    await expect(work).rejects.toThrow(RetryableError);
    expect(await notes()).toEqual([]);
  });

  it('a transaction whose session ends before COMMIT fails with a retryable error and is certainly not committed', async () => {
    const { transactions } = await given();
    const admin = await clientOf(postgres.adminUrl);
    const work = transactions.run(async (tx) => {
      const pid = await pidOf(tx);
      await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
      await note(tx, 'one');
    });
    const error = await work.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toBeInstanceOf(CommitOutcomeUnknownError);
  });

  it('a transaction whose connection is lost during COMMIT fails with the error for an unknown outcome', async () => {
    const { transactions, adminUrl } = await given();
    const commit = await slowCommits(adminUrl);
    let pid = 0;
    let called = false;
    const work = transactions.run(async (tx) => {
      await note(tx, 'one');
      pid = await pidOf(tx);
      afterCommit(tx, () => (called = true));
    });
    const outcome = work.catch((cause: unknown) => cause);
    await commit.hasBegun(() => pid);
    await commit.admin.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(await outcome).toBeInstanceOf(CommitOutcomeUnknownError);
    expect(called).toBe(false);
  });

  it('a transaction fails with a retryable error when no connection is free', async () => {
    const { database } = await connectedService(postgres, 1);
    const transactions = new Transactions(database);
    await transactions.run(() =>
      expect(transactions.run((tx) => note(tx, 'one'))).rejects.toThrow(RetryableError),
    );
  });
});

describe('an outage of Postgres', () => {
  it('statements fail with retryable errors during an outage of Postgres, and succeed after it', async () => {
    const { database } = await connectedService(postgres);
    const transactions = new Transactions(database);
    await Promise.all([1, 2, 3].map(() => transactions.run((tx) => note(tx, 'before'))));
    await postgres.stop('immediate');
    await expect(transactions.run((tx) => note(tx, 'during'))).rejects.toThrow(RetryableError);
    await expect(database.rows('SELECT 1')).rejects.toThrow(RetryableError);
    await postgres.start();
    await transactions.run((tx) => note(tx, 'after'));
    expect(await database.rows('SELECT 1 FROM note')).toHaveLength(4);
  });

  it('Database.connect waits until Postgres is available', async () => {
    const { database: migrated, ...service } = await connectedService(postgres);
    await migrated.close();
    await postgres.stop('fast');
    const database = new Database(service);
    onTestFinished(() => database.close());
    const connected = database.connect();
    await expect(database.rows('SELECT 1')).rejects.toThrow(RetryableError);
    expect(database.ready).toBe(false);
    await postgres.start();
    await connected;
    expect(await database.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
