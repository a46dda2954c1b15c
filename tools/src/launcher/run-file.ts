import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What other programs of ours need to know of a running launcher. */
export interface RunFile {
  pid: number;
  origin: string;
  /** `undefined` with live Twilio credentials. */
  simulatorUrl?: string | undefined;
}

const pathOf = (dataDir: string) => join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, run: RunFile): void {
  writeFileSync(pathOf(dataDir), `${JSON.stringify(run, null, 2)}\n`, { mode: 0o600 });
}

export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    const run: RunFile = JSON.parse(readFileSync(pathOf(dataDir), 'utf8'));
    return run;
  } catch {
    return undefined;
  }
}

export function removeRunFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}
