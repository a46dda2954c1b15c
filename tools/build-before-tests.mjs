import { build, isBuilt } from './build.mjs';

/**
 * For Vitest: builds the programs that tests start, if a source has changed. PARLEY_PROGRAMS_ARE_BUILT skips the build:
 * `npm run mutate` changes sources a hundred times, but none of a program that its specs start.
 */
export async function setup() {
  if (process.env.PARLEY_PROGRAMS_ARE_BUILT !== 'true' && !isBuilt()) await build();
}
