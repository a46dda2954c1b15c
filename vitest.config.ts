import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import LongestFirstSequencer from './tools/longest-first-sequencer.js';

/** Workspace packages resolve to their sources, so that tests need no build of the libraries they import. */
const conditions = ['@parley/source'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };
/** For tests that start our programs as processes of their own. */
const globalSetup = 'tools/build-before-tests.mjs';
const exclude = ['**/node_modules/**', '**/dist/**'];
/**
 * Bounds, not waits: a test ends as soon as its conditions hold. They are long because machines differ widely in speed,
 * and because a wait inside a test shall give up before the test does.
 */
const shared = {
  exclude,
  /** A worker loads a module once, and not again for each of its files. */
  isolate: false,
  /** Tests of a file that run at the same time mostly wait. */
  maxConcurrency: 16,
  expect: { poll: { timeout: 120_000 } },
  hookTimeout: 300_000,
};

export default defineConfig({
  test: {
    // The tests wait for processes more than they compute.
    maxWorkers: 2 * availableParallelism(),
    globalSetup: 'tools/vitest-setup.mjs',
    reporters: ['default', './tools/slowest-files-reporter.mjs'],
    sequence: { sequencer: LongestFirstSequencer },
    // The cheapest first, so that a mistake is seen early.
    projects: [
      {
        ...fromSource,
        test: {
          ...shared,
          name: 'unit',
          include: ['{apps,libs,tools}/**/*.spec.{ts,mjs}'],
          exclude: [...exclude, '**/*.int.spec.ts', '**/*.e2e.spec.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...fromSource,
        test: {
          ...shared,
          name: 'int',
          globalSetup,
          include: ['{apps,libs,tools}/**/*.int.spec.ts'],
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...fromSource,
        test: {
          ...shared,
          name: 'e2e',
          globalSetup,
          include: ['e2e/**/*.e2e.spec.ts'],
          testTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
