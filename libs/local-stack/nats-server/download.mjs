/**
 * `node download.mjs [cache folder]` downloads a nats-server into the cache. If that fails, it exits with code 1 and
 * writes the reason to stderr.
 *
 * Debian's testing suite has a recent nats-server that needs only a C library, which stable has too. apt downloads it
 * from the mirror that this machine uses and checks its signature, with lists and caches that are deleted afterwards.
 * Nothing is installed.
 *
 * Plain JavaScript for Node 20, because tools/bootstrap.mjs runs it while npm installs.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianArchives, parseAptSources } from './apt-sources.mjs';
import { natsServerCache } from './cache.mjs';

const TIMEOUT_MS = 180_000;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopping.abort());

const cache = process.argv[2] ?? natsServerCache();
try {
  await download();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function download() {
  const archives = debianArchives(await machineSources(), await releaseCodename());
  if (archives.length === 0) throw new Error('this machine has no Debian package source');
  await mkdir(cache, { recursive: true });
  const problems = [];
  for (const archive of archives) {
    const work = await mkdtemp(join(cache, '.download-'));
    try {
      await unpackInto(work, archive);
      return;
    } catch (error) {
      stopping.signal.throwIfAborted();
      problems.push(lastLine(error));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new Error(problems.join('; '));
}

/** @param {import('./apt-sources.mjs').AptSource} source */
async function unpackInto(work, { uri, signedBy }) {
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(work, folder), { recursive: true });
  await writeFile(join(work, 'state/status'), '');
  await writeFile(join(work, 'sources.list'), `deb [signed-by=${signedBy}] ${uri} testing main\n`);
  const options = {
    'Dir::State': join(work, 'state'),
    'Dir::State::lists': join(work, 'state/lists'),
    'Dir::State::status': join(work, 'state/status'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...flags, '--error-on=any', 'update'], work);
  await run('apt-get', [...flags, 'download', 'nats-server'], work);
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error('apt downloaded no package');
  await run('dpkg', ['-x', join(work, archive), join(work, 'unpacked')], work);
  const [, version = '0'] = archive.split('_');
  const folder = join(cache, version.replace(/-[^-]*$/, ''));
  await mkdir(folder, { recursive: true });
  await rename(join(work, 'unpacked/usr/sbin/nats-server'), join(folder, 'nats-server'));
}

function run(command, args, cwd) {
  return promisify(execFile)(command, args, { cwd, timeout: TIMEOUT_MS, signal: stopping.signal });
}

async function machineSources() {
  const parts = '/etc/apt/sources.list.d';
  const names = await readdir(parts).catch(() => []);
  const files = [
    '/etc/apt/sources.list',
    ...names.toSorted((a, b) => a.localeCompare(b)).map((name) => join(parts, name)),
  ];
  const sources = await Promise.all(
    files.map(async (file) => parseAptSources(file, await readFile(file, 'utf8').catch(() => ''))),
  );
  return sources.flat();
}

async function releaseCodename() {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1];
}

/** Returns the last line that apt wrote to stderr, which names the cause. */
function lastLine(error) {
  return String(error.stderr || error.message)
    .trim()
    .split('\n')
    .at(-1);
}
