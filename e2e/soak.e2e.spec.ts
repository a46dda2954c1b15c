import { expect, it } from 'vitest';
import { runTool } from './run-tool.js';

/** The test takes less than a minute on an idle machine. */
const PATIENCE_MS = 300_000;

it(
  'the calls of a soak run leave no socket, timer, subscription, context or object behind, and each call has its end and its words',
  async () => {
    const { exitCode, output } = await runTool('soak', '--short');
    expect(exitCode, output).toBe(0);
    expect(output).toContain('findings: 0.');
  },
  PATIENCE_MS,
);

it('npm run soak prints its usage with --help, and the mistake in a wrong argument', async () => {
  expect(await runTool('soak', '--help')).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('--minutes 10'),
  });
  expect(await runTool('soak', '--minutes', 'many')).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('--minutes takes a whole number from 1 to'),
  });
});
