import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findRun } from './find-run.js';
import { removeRunFile, writeRunFile } from './run-file.js';

const folders: string[] = [];

function running(pid = process.pid): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-run-'));
  folders.push(dataDir);
  writeRunFile({ pid, origin: 'http://localhost:4000', natsUrl: 'nats://127.0.0.1:4222', dataDir });
  return dataDir;
}

afterEach(() => {
  for (const folder of folders.splice(0)) {
    removeRunFile(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('finding the running launcher', () => {
  it('takes the one that PARLEY_DATA_DIR names, of several', () => {
    const [, second] = [running(), running()];
    expect(findRun({ PARLEY_DATA_DIR: second }).dataDir).toBe(second);
  });

  it('names all when several run and none is meant', () => {
    const [first, second] = [running(), running()];
    expect(() => findRun({})).toThrow(first);
    expect(() => findRun({})).toThrow(second);
  });

  it('believes no file of a process that is gone', () => {
    const gone = running(2 ** 22 + 1);
    expect(() => findRun({ PARLEY_DATA_DIR: gone })).toThrow(/npm start/);
  });
});
