import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { FolderInUseError } from './folder-claim.js';
import { type LocalPostgres, type PostgresOptions, startPostgres } from './postgres.js';
import { processStartTime } from './process-table.js';
import { waitUntil } from './wait-until.js';

const started: LocalPostgres[] = [];

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-pg-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(options: PostgresOptions): Promise<LocalPostgres> {
  const postgres = await startPostgres({ durable: false, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((postgres) => postgres.stop('immediate')));
});

describe('a local Postgres', () => {
  it('Postgres 18 runs on a free port and creates each database once', async () => {
    const postgres = await start({ dataDir: dataFolder() });
    const url = await postgres.createDatabase('parley "test"');
    expect(await postgres.createDatabase('parley "test"')).toBe(url);
    const [row] = await query(url, `SELECT current_database() AS name, version() AS version`);
    expect(row).toEqual({ name: 'parley "test"', version: expect.stringMatching(/^PostgreSQL 18\./) });
  });

  it('Postgres has the same data and port when it starts again after a crash', async () => {
    const dataDir = dataFolder();
    const postgres = await start({ dataDir });
    const { adminUrl, pid } = postgres;
    await query(adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await postgres.stop('immediate');
    expect(processStartTime(pid)).toBeUndefined();
    await expect(query(adminUrl, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    await postgres.start();
    expect(postgres.adminUrl).toBe(adminUrl);
    expect(await query(adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('Postgres refuses a folder that a running process uses', async () => {
    const dataDir = dataFolder();
    await start({ dataDir });
    await expect(startPostgres({ dataDir })).rejects.toThrow(FolderInUseError);
  });

  it('only an unexpected exit of Postgres is reported', async () => {
    const exits: unknown[] = [];
    const postgres = await start({ dataDir: dataFolder(), onUnexpectedExit: (exit) => exits.push(exit) });
    await postgres.stop();
    expect(exits).toEqual([]);
    await postgres.start();
    process.kill(postgres.pid, 'SIGQUIT');
    await waitUntil('the report', () => exits.length > 0);
    expect(postgres.running).toBe(false);
  });

  it('a Postgres whose port is in use does not start, and the error says so', async () => {
    const { port } = await start({ dataDir: dataFolder() });
    await expect(start({ dataDir: dataFolder(), port })).rejects.toThrow('Address already in use');
  });

  it('Postgres starts although a pid file names a dead process or another program', async () => {
    const dataDir = dataFolder();
    const postgres = await start({ dataDir });
    await postgres.stop();
    writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${process.pid}\n`);
    await postgres.start();
    expect(postgres.running).toBe(true);
  });

  it.runIf(process.getuid?.() === 0)(
    'Postgres runs as the user nobody if root cannot use user namespaces',
    async () => {
      const dataDir = dataFolder();
      chmodSync(dataDir, 0o755);
      const postgres = await start({ dataDir, user: 'nobody' });
      await query(postgres.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await postgres.stop();
      const other = await start({ dataDir, user: 'user-namespace' });
      expect(await query(other.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    },
  );
});

describe('when the owner of a local Postgres is killed', () => {
  const owner = fileURLToPath(new URL('../fixtures/postgres-owner.mjs', import.meta.url));

  /** Starts Postgres from another process, and kills that process. */
  async function orphan(dataDir: string): Promise<number> {
    const child = spawn(process.execPath, [owner, dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines = createInterface({ input: child.stdout });
    const pid = await new Promise<number>((resolve) => lines.once('line', (line) => resolve(Number(line))));
    child.kill('SIGKILL');
    await exited;
    return pid;
  }

  it('the guardian stops Postgres when its owner is killed', async () => {
    const pid = await orphan(dataFolder());
    const isStopped = () => processStartTime(pid) === undefined;
    expect(await waitUntil('Postgres to be stopped', isStopped)).toBe(true);
  });

  it('the next start replaces a Postgres whose owner was killed', async () => {
    const dataDir = dataFolder();
    const pid = await orphan(dataDir);
    const postgres = await start({ dataDir });
    expect(processStartTime(pid)).toBeUndefined();
    expect(postgres.running).toBe(true);
  });
});
