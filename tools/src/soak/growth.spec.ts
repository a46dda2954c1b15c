import { describe, expect, it } from 'vitest';
import { findGrowth } from './growth.js';
import { lowestVitals, type Vitals } from './vitals.js';

const CALLS = 50;
const MIB = 2 ** 20;
const base: Vitals = {
  sockets: 20,
  otherFiles: 26,
  heapBytes: 60 * MIB,
  rssBytes: 170 * MIB,
  objects: { Function: 36_000, Timeout: 50, Socket: 24, AbortSignal: 7, SubscriptionImpl: 11 },
};

const grown = (end: Partial<Vitals>) => findGrowth(base, { ...base, ...end }, CALLS);
const holding = (objects: Record<string, number>) => grown({ objects: { ...base.objects, ...objects } });

describe('findGrowth', () => {
  it('findGrowth returns nothing when counts are equal or lower', () => {
    expect(grown({})).toEqual([]);
    expect(grown({ sockets: 3, objects: {} })).toEqual([]);
  });

  it('findGrowth returns a class that had no objects before the calls when more than two remain', () => {
    expect(holding({ CallSession: 2 })).toEqual([]);
    expect(holding({ CallSession: 3 })).toEqual([{ what: 'CallSession objects', base: 0, end: 3 }]);
  });

  it('findGrowth returns a class with one more object per call', () => {
    for (const name of ['Timeout', 'AbortSignal', 'Listener', 'SubscriptionImpl', 'Socket']) {
      const before = base.objects[name] ?? 0;
      const end = before + CALLS;
      expect(holding({ [name]: end })).toEqual([{ what: `${name} objects`, base: before, end }]);
    }
  });

  it('findGrowth ignores connection pools that fill up and objects that the compiler creates', () => {
    expect(holding({ Timeout: 60, Socket: 40, SubscriptionImpl: 14, Function: 36_400 })).toEqual([]);
    expect(holding({ PerformanceResourceTiming: 250, Listener: 4 })).toEqual([]);
  });

  it('findGrowth returns growing sockets, files and memory', () => {
    expect(grown({ sockets: 20 + CALLS, otherFiles: 32 }).map(({ what }) => what)).toEqual([
      'sockets',
      'other open files',
    ]);
    expect(grown({ heapBytes: 80 * MIB, rssBytes: 300 * MIB }).map(({ what }) => what)).toEqual([
      'bytes of heap',
      'bytes of memory',
    ]);
  });

  it('findGrowth returns the largest relative growth first', () => {
    expect(holding({ Timeout: 200, CallSession: 40 })[0]!.what).toBe('CallSession objects');
  });
});

describe('lowestVitals', () => {
  it('lowestVitals omits objects that existed in one reading only', () => {
    const busy = { ...base, sockets: 30, objects: { ...base.objects, RunQuery: 2, Timeout: 40 } };
    expect(lowestVitals(busy, base)).toEqual({ ...base, objects: { ...base.objects, Timeout: 40 } });
  });
});
