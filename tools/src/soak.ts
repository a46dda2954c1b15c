import { machineDescription } from './bench/machine.js';
import { writeIntoPage } from './docs-page.js';
import { readSoakOptions } from './soak/options.js';
import { soakReport } from './soak/report.js';
import { runSoak } from './soak/run.js';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    console.error('Stopping after the calls in progress …');
    stopping.abort(new Error('stopped'));
  });
}

async function main(args: readonly string[]): Promise<void> {
  const options = readSoakOptions(args);
  const result = await runSoak(options, (line) => console.error(line), stopping.signal);
  const today = new Date().toISOString().slice(0, 10);
  const setting = `${today}, ${machineDescription()}, up to ${options.parallel} calls at a time.`;
  const text = `${setting}\n\n${soakReport(result)}`;
  console.log(`\n${text}\n`);
  for (const finding of result.findings) console.log(`- ${finding}`);
  for (const { kind, callSid, end, detail } of result.evidence.played)
    if (end === 'cut short')
      console.error(`The call ${callSid}, in which the caller ${kind}, was cut short: ${detail}`);
  if (result.folder) console.log(`\nThe logs are in ${result.folder}.`);
  if (options.write) {
    writeIntoPage('reliability.md', 'soak', text);
    console.error('\nThe report was written into docs/reliability.md.');
  }
  if (result.findings.length > 0 || stopping.signal.aborted) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message, error.cause ?? '');
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
