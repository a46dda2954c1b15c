import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that holds this program's source or bundle. */
export const repositoryRoot = rootAbove(dirname(fileURLToPath(import.meta.url)));

function rootAbove(folder: string, start = folder): string {
  if (existsSync(join(folder, 'nx.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`${start} is not inside a Parley checkout (no nx.json above it)`);
  return rootAbove(parent, start);
}

/** The folder in which Node caches our compiled programs (NODE_COMPILE_CACHE), for a faster next start. */
export const compileCacheFolder = join(repositoryRoot, 'dist', 'compile-cache');

/** Returns the bundle of a program: `apps/simulator/main` for apps/simulator/src/main.ts. */
export function builtProgram(name: string): string {
  return join(repositoryRoot, 'dist', `${name}.js`);
}
