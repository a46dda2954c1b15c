import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLine, LogSink } from '@parley/local-stack';

const MAX_FILE_BYTES = 20_000_000;
const SIZE_CHECK_LINES = 1_000;

/** The levels of pino. */
const LEVELS = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};
export type LogLevel = keyof typeof LEVELS;
export const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Writes every line of the processes to `logs/parley.log` below the data folder, and retains one older file. Shows
 * lines of `consoleLevel` and above in a short form.
 */
export function serviceLog(dataDir: string, consoleLevel: LogLevel, show: (text: string) => void): LogSink {
  const file = join(dataDir, 'logs', 'parley.log');
  mkdirSync(join(dataDir, 'logs'), { recursive: true });
  const threshold = LEVELS[consoleLevel];
  let lines = 0;
  return (line) => {
    if (lines++ % SIZE_CHECK_LINES === 0) rotate(file);
    appendFileSync(file, `${line.source} ${line.text}\n`, { mode: 0o600 });
    const { level, text } = readLine(line);
    if (level >= threshold) show(`${line.source.padEnd(18)} │ ${text}`);
  };
}

/** Services write pino's JSON. Any other line counts as a warning on stderr, and as information on stdout. */
function readLine({ stream, text }: LogLine): { level: number; text: string } {
  const entry = parseEntry(text);
  if (!entry) return { level: stream === 'stderr' ? LEVELS.warn : LEVELS.info, text };
  const { level, msg, err } = entry;
  const problem = err?.message && err.message !== msg ? ` (${err.message})` : '';
  const label = level === 'info' ? '' : `${level.toUpperCase()} `;
  return { level: LEVELS[level], text: `${label}${msg ?? ''}${problem}` };
}

interface Entry {
  level: LogLevel;
  msg?: string;
  err?: { message?: string };
}

function parseEntry(text: string): Entry | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const entry: Entry = JSON.parse(text);
    return Object.hasOwn(LEVELS, entry.level) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size < MAX_FILE_BYTES) return;
  rmSync(`${file}.1`, { force: true });
  renameSync(file, `${file}.1`);
}
