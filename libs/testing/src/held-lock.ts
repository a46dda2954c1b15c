import { waitUntil } from '@parley/local-stack';
import { Client } from 'pg';

/**
 * A lock that a test holds. A statement of a service waits for it, so that the test can stop the service at that
 * statement.
 */
export class HeldLock {
  private constructor(
    private readonly holder: Client,
    private readonly observer: Client,
    private readonly holderPid: number,
  ) {}

  /** Locks the rows that `sql` selects, in a transaction of its own. */
  static async take(adminUrl: string, sql: string, params: unknown[]): Promise<HeldLock> {
    const [holder, observer] = [
      new Client({ connectionString: adminUrl }),
      new Client({ connectionString: adminUrl }),
    ];
    for (const client of [holder, observer]) client.on('error', () => undefined);
    await Promise.all([holder.connect(), observer.connect()]);
    await holder.query('BEGIN');
    const { rowCount } = await holder.query(sql, params);
    if (!rowCount) throw new Error(`The statement selects no row to lock: ${sql}`);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return new HeldLock(holder, observer, rows[0]!.pid);
  }

  /**
   * Returns the backends that wait for this lock at a statement that contains `part`. Postgres shows the first 1,024 bytes of a
   * statement only.
   */
  async waiters(part: string): Promise<number[]> {
    const { rows } = await this.observer.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE $1 = ANY(pg_blocking_pids(pid)) AND position($2 in query) > 0`,
      [this.holderPid, part],
    );
    return rows.map(({ pid }) => pid);
  }

  /**
   * Lets `freeze` stop a process while its statement with `part` waits for this lock, then releases the lock. The
   * statement finishes, and its transaction stays open while the process is frozen. If a time-out ended the wait first,
   * calls `thaw` and tries again.
   */
  async freezeAt(part: string, freeze: () => void, thaw: () => void): Promise<number> {
    return waitUntil(
      `a statement with "${part}" to wait for the test's lock`,
      async () => {
        if ((await this.waiters(part)).length === 0) return undefined;
        freeze();
        const [pid] = await this.waiters(part);
        if (pid === undefined) thaw();
        else await this.release();
        return pid;
      },
      { intervalMs: 10 },
    );
  }

  async release(): Promise<void> {
    await this.holder.query('ROLLBACK').catch(() => undefined);
    await Promise.all(
      [this.holder.end(), this.observer.end()].map((ending) => ending.catch(() => undefined)),
    );
  }
}
