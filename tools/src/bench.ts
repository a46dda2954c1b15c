import { machineDescription } from './bench/machine.js';
import { readSmsOptions, SMS_HELP } from './bench/sms/options.js';
import { runSmsBench } from './bench/sms/sms-bench.js';
import { smsTables } from './bench/sms/table.js';
import { writeIntoPage } from './docs-page.js';

const HELP = `npm run bench -- <what> [options]

  sms      texts: webhook, reply and CPU, beside bare programs (npm run bench -- sms --help)
`;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    console.error('Stopping …');
    stopping.abort(new Error('stopped'));
  });
}

async function main([what, ...args]: readonly string[]): Promise<void> {
  if (what !== 'sms') {
    process.exitCode = what === undefined || what === '--help' ? 0 : 1;
    return console.log(HELP);
  }
  const options = readSmsOptions(args);
  if (!options) return console.log(SMS_HELP);
  if (process.platform !== 'linux') throw new Error('CPU time is read from /proc: the bench needs Linux.');
  const result = await runSmsBench(options, (line) => console.error(line), stopping.signal);
  const text = `${new Date().toISOString().slice(0, 10)}, ${machineDescription()}.\n\n${smsTables(result)}`;
  console.log(`\n${text}`);
  if (options.write && !options.profileDir) {
    writeIntoPage('performance.md', 'bench:sms', text);
    console.error('\nWritten into docs/performance.md.');
  }
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
