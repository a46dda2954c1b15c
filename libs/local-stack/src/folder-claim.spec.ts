import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderInUseError, claimFolder } from './folder-claim.js';

describe('claiming a folder', () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'parley-claim-'));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('a claim creates the folder and its parents, and its release deletes them if they are empty', () => {
    const release = claimFolder(join(home, 'a', 'b', 'c'));
    expect(readdirSync(join(home, 'a', 'b', 'c'))).toEqual(['owner.json']);
    release();
    expect(existsSync(join(home, 'a'))).toBe(false);
  });

  it('a release does not delete a folder that is not empty or that existed before', () => {
    const [used, old] = [join(home, 'used'), join(home, 'old')];
    mkdirSync(old);
    const releases = [claimFolder(used), claimFolder(old)];
    writeFileSync(join(used, 'data'), '');
    releases.forEach((release) => release());
    expect(readdirSync(used)).toEqual(['data']);
    expect(readdirSync(old)).toEqual([]);
  });

  it('a folder that a running process has claimed cannot be claimed', () => {
    const folder = join(home, 'twice');
    const release = claimFolder(folder);
    expect(() => claimFolder(folder)).toThrow(FolderInUseError);
    release();
    claimFolder(folder)();
  });

  it.runIf(process.platform === 'linux').each(['/proc/parley', '/proc/parley/deeper', '/dev/null/parley'])(
    'a claim fails at once where no folder can be created: %s',
    (folder) => {
      expect(() => claimFolder(folder)).toThrow(/ENOENT|ENOTDIR/);
    },
  );

  it('a failed claim deletes the parents that it created', () => {
    const folder = join(home, 'parent', 'x'.repeat(300));
    expect(() => claimFolder(folder)).toThrow('ENAMETOOLONG');
    expect(existsSync(join(home, 'parent'))).toBe(false);
  });
});
