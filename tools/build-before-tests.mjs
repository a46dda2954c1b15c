import { build, isBuilt } from './build.mjs';

/** For Vitest: tests that start programs start those of today's sources. */
export async function setup() {
  if (!isBuilt()) await build();
}
