import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { natsServerCache, versionsIn } from '../nats-server/cache.mjs';
import { repositoryRoot } from './checkout.js';
import { runProgram } from './run-program.js';

const MINIMUM_VERSION = '2.11';
const downloadScript = join(repositoryRoot, 'libs/local-stack/nats-server/download.mjs');
const run = promisify(execFile);

/** No usable nats-server was found. The message explains how to get one. */
export class NatsServerUnavailableError extends Error {
  override readonly name = 'NatsServerUnavailableError';
}

export interface FindNatsServerOptions {
  env?: NodeJS.ProcessEnv;
  /** Default: a folder in the user's cache folder. */
  cache?: string;
  /** Called before a step that takes seconds. */
  progress?: (text: string) => void;
}

export interface NatsServerBinary {
  path: string;
  version: string;
}

/**
 * Finds a nats-server of version 2.11 or newer, because older ones ignore `term` reasons and per-message time to live:
 * in NATS_SERVER_BIN, on PATH, in the cache, or in Debian's package, which is downloaded into the cache.
 * @throws NatsServerUnavailableError
 */
export async function findNatsServer({
  env = process.env,
  cache = natsServerCache(env),
  progress = () => {},
}: FindNatsServerOptions = {}): Promise<NatsServerBinary> {
  if (env['NATS_SERVER_BIN']) return chosenServer(env['NATS_SERVER_BIN']);
  const onPath = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const path of [...onPath.map((folder) => join(folder, 'nats-server')), ...cachedServers(cache)]) {
    const version = await natsServerVersion(path);
    if (version !== undefined && isRecent(version)) return { path, version };
  }
  progress('Downloading nats-server (Debian package, unpacked into the cache, not installed)');
  const problem = await runProgram(process.execPath, [downloadScript, cache]).catch((error: Error) =>
    error.message.split('\n').at(-1),
  );
  for (const path of cachedServers(cache)) {
    const version = await natsServerVersion(path);
    if (version !== undefined && isRecent(version)) return { path, version };
  }
  throw new NatsServerUnavailableError(howToGetOne(problem ?? 'the package is too old'));
}

function howToGetOne(problem: string): string {
  return [
    `No nats-server ${MINIMUM_VERSION} or newer was found on PATH, and Debian's package could not be used (${problem}).`,
    'Do one of these and try again:',
    '  - install it (macOS: brew install nats-server; elsewhere: a release binary of the NATS project) so that it is on PATH',
    '  - set NATS_SERVER_BIN to the path of a nats-server binary',
    '  - set NATS_URL to a running NATS server that has JetStream switched on',
  ].join('\n');
}

async function chosenServer(path: string): Promise<NatsServerBinary> {
  const version = await natsServerVersion(path);
  if (version === undefined)
    throw new NatsServerUnavailableError(`NATS_SERVER_BIN is ${path}, which does not run as a nats-server.`);
  if (!isRecent(version))
    throw new NatsServerUnavailableError(
      `NATS_SERVER_BIN is ${path}, version ${version}; ${MINIMUM_VERSION} or newer is needed.`,
    );
  return { path, version };
}

/** Returns the servers in the cache, newest first. */
function cachedServers(cache: string): string[] {
  return versionsIn(cache)
    .toSorted((a, b) => compareVersions(b, a))
    .map((version) => join(cache, version, 'nats-server'));
}

async function natsServerVersion(path: string): Promise<string | undefined> {
  try {
    accessSync(path, constants.X_OK);
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

function isRecent(version: string): boolean {
  return compareVersions(version, MINIMUM_VERSION) >= 0;
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersIn(a), numbersIn(b)];
  const differs = left.findIndex((part, index) => part !== (right[index] ?? 0));
  return differs < 0 ? left.length - right.length : left[differs]! - (right[differs] ?? 0);
}

const numbersIn = (version: string) => (version.match(/\d+/g) ?? []).map(Number);
