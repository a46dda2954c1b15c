import { ServiceStartError } from '@parley/local-stack';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Supervisor } from './supervisor.js';

const killed = { code: null, signal: 'SIGKILL' } as const;

function supervise(start: (source: string) => Promise<void>) {
  const reports: string[] = [];
  const reasons: string[] = [];
  const supervisor = new Supervisor({
    start,
    report: (text) => reports.push(text),
    giveUp: (reason) => reasons.push(reason),
  });
  return { supervisor, reports, reasons };
}

describe('a supervised process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('a process that exits is restarted after growing pauses', async () => {
    const started: string[] = [];
    const { supervisor, reports } = supervise(async (source) => void started.push(source));
    supervisor.onExit('sms-gateway', killed);
    await vi.advanceTimersByTimeAsync(1_000);
    supervisor.onExit('sms-gateway', killed);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(started).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(2);
    expect(reports[0]).toBe('sms-gateway ended with signal SIGKILL; starting it again in 1 s');
  });

  it('a process with wrong settings ends Parley', async () => {
    const { supervisor, reasons } = supervise(async () => {
      throw new ServiceStartError('nats', { code: 78, signal: null }, ['PORT is wrong']);
    });
    supervisor.onExit('sms-gateway', { code: 78, signal: null });
    supervisor.onExit('nats', killed);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reasons).toEqual([
      expect.stringContaining('sms-gateway ended with exit code 78'),
      expect.stringContaining('PORT is wrong'),
    ]);
  });

  it('no process that exits is restarted while Parley stops', async () => {
    const started: string[] = [];
    const { supervisor } = supervise(async (source) => void started.push(source));
    supervisor.onExit('sms-gateway', killed);
    supervisor.stop();
    supervisor.onExit('nats', killed);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(started).toEqual([]);
  });
});
