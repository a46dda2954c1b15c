import { Logger } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { NotReadyYetError, RetryableError } from './errors.js';
import { WakeableLoop } from './wakeable-loop.js';

const FOREVER_MS = 1_000_000;

function started(everyMs: number, step: () => Promise<void>): WakeableLoop {
  const loop = new WakeableLoop({ name: 'test', everyMs, step });
  onTestFinished(() => loop.stop());
  loop.start();
  return loop;
}

describe('a wakeable loop', () => {
  it('a wakeable loop runs a step at its start, when it is woken, and once more if it is woken during a step', async () => {
    let steps = 0;
    const ends: Array<() => void> = [];
    const endStep = (): void => ends.pop()?.();
    const loop = started(FOREVER_MS, () => {
      steps++;
      return new Promise((resolve) => ends.push(resolve));
    });
    await vi.waitFor(() => expect(steps).toBe(1));
    loop.wake();
    loop.wake();
    endStep();
    await vi.waitFor(() => expect(steps).toBe(2));
    endStep();
    await Promise.resolve();
    loop.wake();
    await vi.waitFor(() => expect(steps).toBe(3));
    endStep();
    await loop.stop();
    expect(steps).toBe(3);
  });

  it('a wakeable loop runs steps without being woken, and logs a lasting failure once', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    onTestFinished(() => warn.mockRestore());
    let steps = 0;
    started(1, () => {
      steps++;
      return Promise.reject(new RetryableError('away'));
    });
    await vi.waitFor(() => expect(steps).toBeGreaterThan(3));
    expect(warn).toHaveBeenCalledExactlyOnceWith('away');
  });

  it('a wakeable loop logs nothing while its dependency has not answered since the process started', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    onTestFinished(() => warn.mockRestore());
    let steps = 0;
    started(1, () => {
      steps++;
      return Promise.reject(new NotReadyYetError('away'));
    });
    await vi.waitFor(() => expect(steps).toBeGreaterThan(3));
    expect(warn).not.toHaveBeenCalled();
  });
});
