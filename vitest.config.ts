import { defineConfig } from 'vitest/config';

/** Workspace packages resolve to their sources, so that tests need no build of the libraries they import. */
const conditions = ['@parley/source'];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };
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
          include: ['{apps,libs,tools}/**/*.int.spec.ts'],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...fromSource,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.spec.ts'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
