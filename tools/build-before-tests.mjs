import { build, isBuilt } from './build.mjs';

/**
 * Builds the programs that Vitest's tests start, if a source has changed. PARLEY_PROGRAMS_ARE_BUILT skips the build,
 * because `npm run mutate` changes sources a hundred times, but no source of a program that its specs start.
 */
export async function setup() {
  if (process.env.PARLEY_PROGRAMS_ARE_BUILT !== 'true' && !isBuilt()) await build();
}
