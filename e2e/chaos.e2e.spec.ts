import { describe, expect, it } from 'vitest';
import { runTool } from './run-tool.js';

const SEEDS = 5;
/** The seeds take half a minute on an idle machine. */
const PATIENCE_MS = 300_000;

describe('[S-12] [S-14] [S-15] [S-17] [S-18] chaos', () => {
  it(
    `every text of ${SEEDS} chaos seeds is answered once, in order, or refused with a reason`,
    async () => {
      const { exitCode, output } = await runTool(
        'chaos',
        '--seeds',
        String(SEEDS),
        '--short',
        '--parallel',
        '2',
      );
      expect(exitCode, output).toBe(0);
      expect(output.match(/^seed \d+ {2}ok/gm)).toHaveLength(SEEDS);
    },
    PATIENCE_MS,
  );
});

it('npm run chaos prints its usage with --help, and the mistake in a wrong argument', async () => {
  expect(await runTool('chaos', '--help')).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('--seeds 20'),
  });
  expect(await runTool('chaos', '--seeds', 'many')).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('--seeds takes a whole number from 1 to'),
  });
});
