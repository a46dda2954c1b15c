import { machineDescription } from './bench/machine.js';
import { readSmsOptions } from './bench/sms/options.js';
import { runSmsBench } from './bench/sms/sms-bench.js';
import { smsTables } from './bench/sms/table.js';
import { readVoiceOptions } from './bench/voice/options.js';
import { voiceTables } from './bench/voice/table.js';
import { runVoiceBench } from './bench/voice/voice-bench.js';
import { writeIntoPage } from './docs-page.js';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    console.error('Stopping …');
    stopping.abort(new Error('stopped'));
  });
}

const log = (line: string): void => console.error(line);

async function main([what, ...args]: readonly string[]): Promise<void> {
  if (what === 'sms') return benchSms(args);
  if (what === 'voice') return benchVoice(args);
  throw new Error(`${what ? `Unknown bench "${what}"` : 'No bench is named'}. See npm run bench -- --help`);
}

async function benchSms(args: readonly string[]): Promise<void> {
  const options = readSmsOptions(args);
  requireLinux();
  const result = await runSmsBench(options, log, stopping.signal);
  publish(smsTables(result), options, 'bench:sms');
}

async function benchVoice(args: readonly string[]): Promise<void> {
  const options = readVoiceOptions(args);
  requireLinux();
  const result = await runVoiceBench(options, log, stopping.signal);
  publish(voiceTables(result), options, options.section);
}

function requireLinux(): void {
  if (process.platform !== 'linux')
    throw new Error('The bench needs Linux, because it reads CPU times from /proc.');
}

function publish(
  tables: string,
  { write, profileDir }: { write: boolean; profileDir: string | undefined },
  section: string,
): void {
  const text = `${new Date().toISOString().slice(0, 10)}, ${machineDescription()}.\n\n${tables}`;
  console.log(`\n${text}`);
  if (!write || profileDir) return;
  writeIntoPage('performance.md', section, text);
  console.error('\nThe tables were written into docs/performance.md.');
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();
