import { build, isBuilt } from './build.mjs';

/**
 * For Vitest: tests that start programs start those of today's sources. Whoever sets PARLEY_PROGRAMS_ARE_BUILT has seen
 * to that: `npm run mutate` changes a source a hundred times, and none of a program that its specs start.
 */
export async function setup() {
  if (process.env.PARLEY_PROGRAMS_ARE_BUILT !== 'true' && !isBuilt()) await build();
}
