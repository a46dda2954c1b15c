import { describe, expect, it } from 'vitest';
import { grownBetween } from './growth.js';
import { lowest, type Vitals } from './vitals.js';

const CALLS = 50;
const MIB = 2 ** 20;
const base: Vitals = {
  sockets: 20,
  otherFiles: 26,
  heapBytes: 60 * MIB,
  rssBytes: 170 * MIB,
  objects: { Function: 36_000, Timeout: 50, Socket: 24, AbortSignal: 7, SubscriptionImpl: 11 },
};

const grown = (end: Partial<Vitals>) => grownBetween(base, { ...base, ...end }, CALLS);
const holding = (objects: Record<string, number>) => grown({ objects: { ...base.objects, ...objects } });

describe('what has grown', () => {
  it('is nothing where nothing has, or less is held', () => {
    expect(grown({})).toEqual([]);
    expect(grown({ sockets: 3, objects: {} })).toEqual([]);
  });

  it('is what belongs to calls, where more than the last one is still there', () => {
    expect(holding({ CallSession: 2 })).toEqual([]);
    expect(holding({ CallSession: 3 })).toEqual([{ what: 'CallSession objects', base: 0, end: 3 }]);
  });

  it('is what there is one more of for each call', () => {
    for (const name of ['Timeout', 'AbortSignal', 'Listener', 'SubscriptionImpl', 'Socket']) {
      const before = base.objects[name] ?? 0;
      const end = before + CALLS;
      expect(holding({ [name]: end })).toEqual([{ what: `${name} objects`, base: before, end }]);
    }
  });

  it('is not a pool that fills up, nor what the compiler makes', () => {
    expect(holding({ Timeout: 60, Socket: 40, SubscriptionImpl: 14, Function: 36_400 })).toEqual([]);
    expect(holding({ PerformanceResourceTiming: 250, Listener: 4 })).toEqual([]);
  });

  it('is sockets, files and memory as well', () => {
    expect(grown({ sockets: 20 + CALLS, otherFiles: 32 }).map(({ what }) => what)).toEqual([
      'sockets',
      'other open files',
    ]);
    expect(grown({ heapBytes: 80 * MIB, rssBytes: 300 * MIB }).map(({ what }) => what)).toEqual([
      'bytes of heap',
      'bytes of memory',
    ]);
  });

  it('names first what stands out most', () => {
    expect(holding({ Timeout: 200, CallSession: 40 })[0]!.what).toBe('CallSession objects');
  });
});

describe('the lowest of two looks', () => {
  it('leaves out what was there for a moment only', () => {
    const busy = { ...base, sockets: 30, objects: { ...base.objects, Query: 2, Timeout: 40 } };
    expect(lowest(busy, base)).toEqual({ ...base, objects: { ...base.objects, Timeout: 40 } });
  });
});
