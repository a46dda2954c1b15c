import { expect, it } from 'vitest';
import { runProgram } from './run-program.js';

/** It takes less than a minute on an idle machine. */
const PATIENCE_MS = 300_000;

it(
  'soaked calls leave no socket, timer, subscription, context or object behind, and each call has its end and its words',
  async () => {
    const { exitCode, output } = await runProgram('soak', '--short');
    expect(exitCode, output).toBe(0);
    expect(output).toContain('findings: 0.');
  },
  PATIENCE_MS,
);

it('npm run soak prints its usage, and what is wrong with its arguments', async () => {
  expect(await runProgram('soak', '--help')).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('--minutes 10'),
  });
  expect(await runProgram('soak', '--minutes', 'many')).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('--minutes takes a whole number from 1 to'),
  });
});
