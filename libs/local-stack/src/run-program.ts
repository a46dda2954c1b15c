import { basename } from 'node:path';
import { GuardedProcess, describeExit } from './guarded-process.js';
import type { StopStep } from './guardian.js';

const stopSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 3_000, signal: 'SIGKILL' },
];

/**
 * Runs a program of this machine to its end.
 * @throws Error with the program's output if the program fails or takes too long
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { cwd?: string; uid?: number | undefined; gid?: number | undefined; timeoutMs?: number } = {},
): Promise<void> {
  const { timeoutMs, ...spawnOptions } = options;
  const run = GuardedProcess.spawn(
    command,
    args,
    { ...spawnOptions, stdio: ['ignore', 'pipe', 'pipe'] },
    stopSteps,
  );
  let output = '';
  for (const stream of [run.child.stdout, run.child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = new Promise((resolve) => run.child.once('close', resolve));
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => void run.stop(stopSteps), timeoutMs);
  const exit = await run.exited;
  clearTimeout(timer);
  await closed;
  if (exit.code !== 0)
    throw new Error(`${basename(command)} failed (${describeExit(exit)}):\n${output.trim()}`);
}
