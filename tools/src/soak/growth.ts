import type { Vitals } from './vitals.js';

const MIB = 2 ** 20;

/** Allowed growth of connection pools, which fill up to their limits. A leak of one object per call exceeds it. */
const POOLED = 24;
/** Allowed growth of objects that a running process creates or holds for a while. */
const COMMON = 12;
/**
 * Allowed growth of classes with hardly any objects before the calls, because their objects belong to calls. A promise
 * or a register may still hold the last one. A leak in one kind of call exceeds this even in the shortest soak.
 */
const FEW = 2;
const HEAP_BYTES = 12 * MIB;
const RSS_BYTES = 96 * MIB;
const OTHER_FILES = 4;

/** Classes of connections and their parts in Node, the Postgres client and undici. */
const CONNECTION_PARTS = new Set(
  (
    'Socket TCP ReadableState WritableState HTTPParser HTTPServerAsyncResource Timeout TimersList FastTimer ' +
    'Client Connection ConnectionParameters Parser BufferReader TypeOverrides PendingItem IdleItem WeakRef'
  ).split(' '),
);

/** A class of Node with one object per abort signal that has listeners. */
const ON_SIGNALS = 'Listener';

/** Classes whose counts show no leak, because the compiler and caches create them. */
const BUILT_IN = new Set(
  (
    'Function AsyncFunction GeneratorFunction AsyncGeneratorFunction Object Array Map Set WeakMap WeakSet ? ' +
    'Promise RegExp Error Date Symbol String Number ArrayBuffer Uint8Array Buffer FastBuffer WeakReference'
  ).split(' '),
);
const BUILT_IN_PER_CALL = 1;
const BUILT_IN_COMMON = 1_000;

/** Classes with a fixed limit: Node stores 250 timing entries of `fetch`. */
const BOUNDED: Readonly<Record<string, number>> = { PerformanceResourceTiming: 250 };

/** A count that has grown. */
export interface Growth {
  readonly what: string;
  readonly base: number;
  readonly end: number;
}

/** Returns the counts that have grown more than in a process without leaks. */
export function findGrowth(base: Vitals, end: Vitals, calls: number): Growth[] {
  return [
    ...objectsGrown(base, end, calls),
    ...growthAbove('sockets', base.sockets, end.sockets, POOLED),
    ...growthAbove('other open files', base.otherFiles, end.otherFiles, OTHER_FILES),
    ...growthAbove('bytes of heap', base.heapBytes, end.heapBytes, HEAP_BYTES),
    ...growthAbove('bytes of memory', base.rssBytes, end.rssBytes, RSS_BYTES),
  ];
}

function objectsGrown(base: Vitals, end: Vitals, calls: number): Growth[] {
  return Object.entries(end.objects)
    .flatMap(([name, count]) => {
      const before = base.objects[name] ?? 0;
      return growthAbove(`${name} objects`, before, count, allowedGrowth(name, before, calls));
    })
    .toSorted((one, other) => relative(other) - relative(one));
}

function allowedGrowth(name: string, before: number, calls: number): number {
  const bound = BOUNDED[name];
  if (bound !== undefined) return Math.max(0, bound - before);
  if (BUILT_IN.has(name)) return BUILT_IN_COMMON + BUILT_IN_PER_CALL * calls;
  if (CONNECTION_PARTS.has(name)) return POOLED;
  return before <= FEW && name !== ON_SIGNALS ? FEW : COMMON;
}

function relative({ base, end }: Growth): number {
  return end / Math.max(base, 0.5);
}

function growthAbove(what: string, base: number, end: number, allowed: number): Growth[] {
  return end - base > allowed ? [{ what, base, end }] : [];
}
