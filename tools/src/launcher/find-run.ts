import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { readEnvironment } from './env-file.js';
import { type RunFile, allRuns, runIn } from './run-file.js';

/** There is no running launcher to turn to, or more than one. */
export class NoRunError extends Error {
  override readonly name = 'NoRunError';
}

/**
 * The launcher that PARLEY_DATA_DIR names (also in .env), else the one on the default data folder, else the only one
 * that runs. Throws NoRunError.
 */
export function findRun(env = readEnvironment()): RunFile {
  const named = env['PARLEY_DATA_DIR'];
  const run = runIn(named || join(repositoryRoot, '.parley'));
  if (run) return run;
  const others = named ? [] : allRuns();
  if (others.length === 1) return others[0]!;
  const folders = others.map(({ dataDir, origin }) => `\n  PARLEY_DATA_DIR=${dataDir}   (${origin})`);
  throw new NoRunError(
    others.length > 1
      ? `Parley runs more than once here. Say which one is meant:${folders.join('')}`
      : `Parley does not run ${named ? `on ${named}` : 'here'}. Start it with npm start, and wait for its greeting.`,
  );
}
