import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PostgresCommand, chownToPostgres } from './postgres-binaries.js';
import { commandLineOf, processStartTime } from './process-table.js';
import { runProgram } from './run-program.js';
import { waitUntil } from './wait-until.js';

/** The paths of a local Postgres. */
export interface PostgresFolder {
  cluster: string;
  passwordFile: string;
  logFile: string;
}

export function postgresFolder(dataDir: string): PostgresFolder {
  return {
    cluster: join(dataDir, 'cluster'),
    passwordFile: join(dataDir, 'admin-password'),
    logFile: join(dataDir, 'postgres.log'),
  };
}

/** Creates the cluster and its superuser's password if they are missing. An unfinished cluster is created again. */
export async function ensureCluster(folder: PostgresFolder, postgres: PostgresCommand): Promise<string> {
  if (existsSync(join(folder.cluster, 'PG_VERSION'))) {
    chownToPostgres(folder.cluster, postgres);
    return readFileSync(folder.passwordFile, 'utf8').trim();
  }
  const password = randomBytes(24).toString('base64url');
  writeFileSync(folder.passwordFile, `${password}\n`, { mode: 0o600 });
  const draft = `${folder.cluster}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  chmodSync(draft, 0o700);
  chownToPostgres(draft, postgres);
  chownToPostgres(folder.passwordFile, postgres);
  await initdb(postgres, [
    `--pgdata=${draft}`,
    '--username=postgres',
    `--pwfile=${folder.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    '--no-sync',
  ]);
  renameSync(draft, folder.cluster);
  return password;
}

async function initdb(postgres: PostgresCommand, args: readonly string[]): Promise<void> {
  const { file, args: allArgs } = postgres.command('initdb', args);
  await runProgram(file, allArgs, { uid: postgres.uid, gid: postgres.gid });
}

/**
 * Stops a Postgres whose owner died. Also deletes a pid file whose process is gone or, after a reboot, another program.
 * The caller must have claimed the folder.
 */
export async function stopOrphanedPostgres(folder: PostgresFolder): Promise<void> {
  const pidFile = join(folder.cluster, 'postmaster.pid');
  const pid = readPid(pidFile);
  if (pid === undefined) return;
  if (isPostgresOf(folder, pid)) {
    for (const [signal, timeoutMs] of [
      ['SIGINT', 10_000],
      ['SIGQUIT', 10_000],
    ] as const) {
      try {
        process.kill(pid, signal);
        await waitUntil('the old Postgres to stop', () => !isPostgresOf(folder, pid), { timeoutMs });
        break;
      } catch {
        // The server has exited, or did not stop in time and gets a stronger signal next.
      }
    }
    if (isPostgresOf(folder, pid))
      throw new Error(
        `An old Postgres (process ${pid}) on ${folder.cluster} does not stop. Stop it and try again.`,
      );
  }
  rmSync(pidFile, { force: true });
}

function readPid(pidFile: string): number | undefined {
  try {
    return Number(readFileSync(pidFile, 'utf8').split('\n')[0]) || undefined;
  } catch {
    return undefined;
  }
}

function isPostgresOf(folder: PostgresFolder, pid: number): boolean {
  return processStartTime(pid) !== undefined && commandLineOf(pid)?.includes(folder.cluster) === true;
}
