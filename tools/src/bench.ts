import { machineDescription } from './bench/machine.js';
import { readSmsOptions, SMS_HELP } from './bench/sms/options.js';
import { runSmsBench } from './bench/sms/sms-bench.js';
import { smsTables } from './bench/sms/table.js';
import { readVoiceOptions, VOICE_HELP } from './bench/voice/options.js';
import { voiceTables } from './bench/voice/table.js';
import { runVoiceBench } from './bench/voice/voice-bench.js';
import { writeIntoPage } from './docs-page.js';

const HELP = `npm run bench -- <what> [options]

  sms      texts: webhook, reply and CPU, beside bare programs (npm run bench -- sms --help)
  voice    calls: delay, CPU and every word, beside a bare relay (npm run bench -- voice --help)
`;

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    console.error('Stopping …');
    stopping.abort(new Error('stopped'));
  });
}

const say = (line: string): void => console.error(line);

async function main([what, ...args]: readonly string[]): Promise<void> {
  if (what === 'sms') return benchSms(args);
  if (what === 'voice') return benchVoice(args);
  if (what !== undefined && what !== '--help') throw new Error(`There is no bench "${what}".\n\n${HELP}`);
  console.log(HELP);
}

async function benchSms(args: readonly string[]): Promise<void> {
  const options = readSmsOptions(args);
  if (!options) return console.log(SMS_HELP);
  requireLinux();
  const result = await runSmsBench(options, say, stopping.signal);
  publish(smsTables(result), options, 'bench:sms');
}

async function benchVoice(args: readonly string[]): Promise<void> {
  const options = readVoiceOptions(args);
  if (!options) return console.log(VOICE_HELP);
  requireLinux();
  const result = await runVoiceBench(options, say, stopping.signal);
  publish(voiceTables(result), options, options.place);
}

function requireLinux(): void {
  if (process.platform !== 'linux') throw new Error('CPU time is read from /proc: the bench needs Linux.');
}

function publish(
  tables: string,
  { write, profileDir }: { write: boolean; profileDir: string | undefined },
  place: string,
): void {
  const text = `${new Date().toISOString().slice(0, 10)}, ${machineDescription()}.\n\n${tables}`;
  console.log(`\n${text}`);
  if (!write || profileDir) return;
  writeIntoPage('performance.md', place, text);
  console.error('\nWritten into docs/performance.md.');
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
