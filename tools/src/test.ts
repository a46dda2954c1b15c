import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findNatsServer, repositoryRoot } from '@parley/local-stack';

/** Runs all tests, or those that the arguments name. Finds or downloads nats-server once before. */
async function main(): Promise<void> {
  const { path } = await findNatsServer({ progress: (text) => console.error(`${text} …`) });
  const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    env: { ...process.env, NATS_SERVER_BIN: path },
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  process.on('disconnect', () => child.kill('SIGTERM'));
  child.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once('exit', (code) => process.exit(code ?? 1));
}

await main().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
