import { machineDescription } from './bench/machine.js';
import { readChaosOptions } from './chaos/options.js';
import { chaosReport } from './chaos/report.js';
import { hasFailed, runSeeds } from './chaos/run.js';
import { writeIntoPage } from './docs-page.js';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    console.error('Stopping after the seeds in progress …');
    stopping.abort(new Error('stopped'));
  });
}

async function main(args: readonly string[]): Promise<void> {
  const options = readChaosOptions(args);
  const results = await runSeeds(options, (line) => console.error(line), stopping.signal);
  const scale = options.isFullScale ? 'at their real length' : 'at a tenth of their real length';
  const text =
    `${new Date().toISOString().slice(0, 10)}, ${machineDescription()}; recovery times ${scale}.\n\n` +
    chaosReport(results);
  console.log(`\n${text}`);
  if (options.write) {
    writeIntoPage('reliability.md', 'chaos', text);
    console.error('\nThe report was written into docs/reliability.md.');
  }
  const isComplete = results.length === options.seeds;
  const isAnything = results.some(({ answered }) => answered > 0);
  if (!isComplete || !isAnything || results.some(hasFailed)) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message, error.cause ?? '');
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
