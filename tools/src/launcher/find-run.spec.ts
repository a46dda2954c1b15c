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
  const natsUrl = 'nats://127.0.0.1:4222';
  writeRunFile({ pid, origin: 'http://localhost:4000', natsUrl, apiKey: 'parley_dev_1', dataDir });
  return dataDir;
}

afterEach(() => {
  for (const folder of folders.splice(0)) {
    removeRunFile(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('finding the running launcher', () => {
  it('PARLEY_DATA_DIR chooses one of several running launchers', () => {
    const [, second] = [running(), running()];
    expect(findRun({ PARLEY_DATA_DIR: second }).dataDir).toBe(second);
  });

  it('without PARLEY_DATA_DIR the error lists all running launchers', () => {
    const [first, second] = [running(), running()];
    expect(() => findRun({})).toThrow(first);
    expect(() => findRun({})).toThrow(second);
  });

  it('the run file of a dead launcher is ignored', () => {
    const gone = running(2 ** 22 + 1);
    expect(() => findRun({ PARLEY_DATA_DIR: gone })).toThrow(/npm start/);
  });
});
