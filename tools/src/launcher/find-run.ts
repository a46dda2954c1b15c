import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { readEnvironment } from './env-file.js';
import { type RunFile, listRuns, findRunIn } from './run-file.js';

/** No launcher runs, or several run and none was chosen. */
class NoRunError extends Error {
  override readonly name = 'NoRunError';
}

/**
 * Finds the running launcher: the one on PARLEY_DATA_DIR (also from .env), else the one on the default data folder,
 * else the only one.
 * @throws NoRunError
 */
export function findRun(env = readEnvironment()): RunFile {
  const named = env['PARLEY_DATA_DIR'];
  const run = findRunIn(named || join(repositoryRoot, '.parley'));
  if (run) return run;
  const others = named ? [] : listRuns();
  if (others.length === 1) return others[0]!;
  const folders = others.map(({ dataDir, origin }) => `\n  PARLEY_DATA_DIR=${dataDir}   (${origin})`);
  throw new NoRunError(
    others.length > 1
      ? `Several instances of Parley run here. Choose one:${folders.join('')}`
      : `Parley is not running${named ? ` on ${named}` : ''}. Start it with npm start, and wait until it prints "Parley runs at".`,
  );
}
