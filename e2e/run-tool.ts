import { repositoryRoot } from '@parley/local-stack';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Runs a program of tools/ to its end, as `npm run` does. */
export async function runTool(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(process.execPath, [join(repositoryRoot, 'tools/bootstrap.mjs'), ...args], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return { exitCode: child.exitCode, output };
}
