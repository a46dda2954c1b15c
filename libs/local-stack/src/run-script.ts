import { createInterface } from 'node:readline';
import { compileCacheFolder } from './checkout.js';
import { GuardedProcess } from './guarded-process.js';
import { type LogSink, ServiceStartError } from './service-process.js';

/**
 * Runs one of our scripts to its end.
 * @throws ServiceStartError with the script's output if the exit code is not 0
 */
export async function runScript(options: {
  source: string;
  script: string;
  args?: readonly string[];
  env: Readonly<Record<string, string>>;
  log: LogSink;
}): Promise<void> {
  const { source, script, args = [], env, log } = options;
  const run = GuardedProcess.spawn(
    process.execPath,
    ['--enable-source-maps', script, ...args],
    { env: { NODE_COMPILE_CACHE: compileCacheFolder, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    [{ afterMs: 0, signal: 'SIGKILL' }],
  );
  const lines: string[] = [];
  const outputs = (['stdout', 'stderr'] as const).map(async (stream) => {
    const input = run.child[stream];
    if (!input) return;
    for await (const text of createInterface({ input })) {
      lines.push(text);
      log({ source, stream, text });
    }
  });
  const exit = await run.exited;
  await Promise.all(outputs);
  if (exit.code !== 0) throw new ServiceStartError(source, exit, lines);
}
