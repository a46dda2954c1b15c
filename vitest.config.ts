import { defineConfig } from 'vitest/config';

/** Workspace packages resolve to their sources, so that tests need no build of the libraries they import. */
const conditions = ['@parley/source'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };
/** What a test waits for may take long on a busy machine; without this `expect.poll` gives up after a second. */
const expectPatiently = { poll: { timeout: 20_000 } };
/** For tests that start our programs as processes of their own. */
const globalSetup = 'tools/build-before-tests.mjs';
const exclude = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    // The tests wait for processes more than they compute: one worker less than cores would leave a core idle.
    maxWorkers: '100%',
    projects: [
      {
        ...fromSource,
        test: {
          name: 'unit',
          include: ['{apps,libs,tools}/**/*.spec.{ts,mjs}'],
          exclude: [...exclude, '**/*.int.spec.ts', '**/*.e2e.spec.ts'],
        },
      },
      {
        ...fromSource,
        test: {
          name: 'int',
          globalSetup,
          include: ['{apps,libs,tools}/**/*.int.spec.ts'],
          exclude,
          expect: expectPatiently,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'e2e',
          globalSetup,
          include: ['e2e/**/*.e2e.spec.ts'],
          exclude,
          expect: expectPatiently,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
