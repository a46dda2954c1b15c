import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The folder of the links to our own packages, which must lead to the sources of the copy. */
const OURS = '@parley';

/**
 * A copy of a checkout as it stands, uncommitted changes included, in a temporary folder. It shares the installed
 * packages and built programs with the checkout, but not the links from there to our own packages.
 */
export class ScratchCopy {
  private constructor(readonly root: string) {}

  static make(checkout: string): ScratchCopy {
    const copy = new ScratchCopy(mkdtempSync(join(tmpdir(), 'parley-mutate-')));
    try {
      for (const file of filesOf(checkout)) {
        mkdirSync(dirname(join(copy.root, file)), { recursive: true });
        copyFileSync(join(checkout, file), join(copy.root, file));
      }
      for (const folder of ['', ...readdirSync(join(checkout, 'apps')).map((app) => join('apps', app))]) {
        linkModules(join(checkout, folder, 'node_modules'), join(copy.root, folder, 'node_modules'));
      }
      symlinkSync(join(checkout, 'dist'), join(copy.root, 'dist'));
    } catch (error) {
      copy.remove();
      throw error;
    }
    return copy;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function filesOf(checkout: string): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', list, { cwd: checkout, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return names.split('\0').filter((name) => name !== '' && existsSync(join(checkout, name)));
}

function linkModules(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === OURS) copyLinks(join(from, name), join(to, name));
    else if (!name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
}

/** Copies links; a relative link then leads into the copy. */
function copyLinks(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}
