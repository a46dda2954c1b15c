import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptSource, debianArchives, parseAptSources } from './apt-sources.js';
import { runProgram } from './run-program.js';

const TIMEOUT_MS = 180_000;

/**
 * Debian's testing suite has a recent nats-server, which needs nothing but a C library that stable has too. It is
 * downloaded with apt (so signatures are checked), with lists and caches that are thrown away, from the mirror that
 * this machine uses anyway; nothing is installed. Throws when this is no Debian or the mirror does not answer.
 */
export async function unpackDebianNatsServer(cache: string): Promise<undefined> {
  const archives = debianArchives(await machineSources(), await releaseCodename());
  if (archives.length === 0) throw new Error('this machine has no Debian package source');
  await mkdir(cache, { recursive: true });
  const problems: string[] = [];
  for (const archive of archives) {
    const work = await mkdtemp(join(cache, '.download-'));
    try {
      await unpackInto(cache, work, archive);
      return undefined;
    } catch (error) {
      problems.push(lastLine(error));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new Error(problems.join('; '));
}

async function unpackInto(cache: string, work: string, { uri, signedBy }: AptSource): Promise<void> {
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
  await runProgram('apt-get', [...flags, '--error-on=any', 'update'], { cwd: work, timeoutMs: TIMEOUT_MS });
  await runProgram('apt-get', [...flags, 'download', 'nats-server'], { cwd: work, timeoutMs: TIMEOUT_MS });
  const archive = (await readdir(work)).find((name) => name.endsWith('.deb'));
  if (!archive) throw new Error('apt downloaded no package');
  await runProgram('dpkg', ['-x', join(work, archive), join(work, 'unpacked')], { timeoutMs: TIMEOUT_MS });
  const [, version = '0'] = archive.split('_');
  const folder = join(cache, version.replace(/-[^-]*$/, ''));
  await mkdir(folder, { recursive: true });
  await rename(join(work, 'unpacked/usr/sbin/nats-server'), join(folder, 'nats-server'));
}

async function machineSources(): Promise<AptSource[]> {
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

async function releaseCodename(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^VERSION_CODENAME="?([\w-]+)/m.exec(release)?.[1];
}

/** apt ends with what was wrong. */
function lastLine(error: unknown): string {
  return String(error).trim().split('\n').at(-1) ?? '';
}
