import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';

/** How our other programs reach a running launcher. */
export interface RunFile {
  pid: number;
  origin: string;
  dataDir: string;
  natsUrl: string;
  /** The development API key; the file is readable by its owner only. */
  apiKey: string;
  /** `undefined` with live Twilio credentials. */
  simulator?: { url: string; phoneNumber: string } | undefined;
}

/** Holds a copy of each running launcher's file, for programs that do not know its data folder. */
const RUNS_FOLDER = join(repositoryRoot, '.cache', 'runs');

const pathIn = (dataDir: string) => join(dataDir, 'run.json');
const copyOf = (dataDir: string) =>
  join(RUNS_FOLDER, `${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}.json`);

export function writeRunFile(run: RunFile): void {
  mkdirSync(RUNS_FOLDER, { recursive: true });
  for (const file of [pathIn(run.dataDir), copyOf(run.dataDir)])
    writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
}

export function removeRunFile(dataDir: string): void {
  for (const file of [pathIn(dataDir), copyOf(dataDir)]) rmSync(file, { force: true });
}

/** Returns the launcher that runs on a data folder; undefined if none runs there. */
export function findRunIn(dataDir: string): RunFile | undefined {
  return readLiving(pathIn(dataDir));
}

/** Returns every running launcher of this checkout. */
export function listRuns(): RunFile[] {
  return namesIn(RUNS_FOLDER).flatMap((name) => readLiving(join(RUNS_FOLDER, name)) ?? []);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readLiving(file: string): RunFile | undefined {
  try {
    const run: RunFile = JSON.parse(readFileSync(file, 'utf8'));
    return isAlive(run.pid) ? run : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
