import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that this program belongs to, whether it runs from its source or from a bundle. */
export const repositoryRoot = rootAbove(dirname(fileURLToPath(import.meta.url)));

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'nx.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('This program does not lie in a checkout of Parley.');
  return rootAbove(parent);
}

/** Where Node keeps what it compiled of our programs (NODE_COMPILE_CACHE): the next start reads it. */
export const compileCacheFolder = join(repositoryRoot, 'dist', 'compile-cache');

/** What tools/build.mjs made of a program: `apps/simulator/main` for apps/simulator/src/main.ts. */
export function builtProgram(name: string): string {
  return join(repositoryRoot, 'dist', `${name}.js`);
}
