import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LogLevel, serviceLog } from './service-log.js';

function logInto(consoleLevel: LogLevel = 'warn') {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-log-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  const shown: string[] = [];
  const log = serviceLog(dataDir, consoleLevel, (text) => shown.push(text));
  const written = () =>
    readFileSync(join(dataDir, 'logs', 'parley.log'), 'utf8')
      .trim()
      .split('\n');
  return { log, shown, written };
}

describe("the services' log", () => {
  const info = {
    source: 'sms-gateway',
    stream: 'stdout',
    text: '{"level":"info","msg":"received"}',
  } as const;
  const failure = {
    source: 'sms-gateway',
    stream: 'stdout',
    text: '{"level":"error","msg":"not sent","err":{"message":"refused"}}',
  } as const;

  it('the log file contains every line, and the console shows warnings and errors', () => {
    const { log, shown, written } = logInto();
    log(info);
    log(failure);
    expect(written()).toEqual([`sms-gateway ${info.text}`, `sms-gateway ${failure.text}`]);
    expect(shown).toEqual(['sms-gateway        │ ERROR not sent (refused)']);
  });

  it('a lower log level shows more lines on the console', () => {
    const { log, shown } = logInto('info');
    log(info);
    expect(shown).toEqual(['sms-gateway        │ received']);
  });

  it('a line that is not JSON is shown only if it was written to stderr', () => {
    const { log, shown } = logInto();
    log({ source: 'simulator', stream: 'stdout', text: 'listening' });
    log({ source: 'simulator', stream: 'stderr', text: 'PORT is wrong' });
    expect(shown).toEqual(['simulator          │ PORT is wrong']);
  });
});
