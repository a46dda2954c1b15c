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

  it('creates the folder with its parents, and removes them again if nobody used them', () => {
    const release = claimFolder(join(home, 'a', 'b', 'c'));
    expect(readdirSync(join(home, 'a', 'b', 'c'))).toEqual(['owner.json']);
    release();
    expect(existsSync(join(home, 'a'))).toBe(false);
  });

  it('leaves a folder that holds something, and one that was there before', () => {
    const [used, old] = [join(home, 'used'), join(home, 'old')];
    mkdirSync(old);
    const releases = [claimFolder(used), claimFolder(old)];
    writeFileSync(join(used, 'data'), '');
    releases.forEach((release) => release());
    expect(readdirSync(used)).toEqual(['data']);
    expect(readdirSync(old)).toEqual([]);
  });

  it('is refused while the claim of a living process stands', () => {
    const folder = join(home, 'twice');
    const release = claimFolder(folder);
    expect(() => claimFolder(folder)).toThrow(FolderInUseError);
    release();
    claimFolder(folder)();
  });

  it.runIf(process.platform === 'linux').each(['/proc/parley', '/proc/parley/deeper', '/dev/null/parley'])(
    'fails at once where no folder can be created: %s',
    (folder) => {
      expect(() => claimFolder(folder)).toThrow(/ENOENT|ENOTDIR/);
    },
  );

  it('leaves no part of a path whose end cannot be created', () => {
    const folder = join(home, 'parent', 'x'.repeat(300));
    expect(() => claimFolder(folder)).toThrow('ENAMETOOLONG');
    expect(existsSync(join(home, 'parent'))).toBe(false);
  });
});
