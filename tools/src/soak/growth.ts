import type { Vitals } from './vitals.js';

const MIB = 2 ** 20;

/** Pools of connections fill up to their bounds; a leak of one thing per call passes this in the shortest soak. */
const POOLED = 24;
/** What a running process makes anew or keeps for a while. */
const COMMON = 12;
/**
 * Of what hardly was there when nobody called: it belongs to calls. The last one of a kind may still be held, by a promise
 * or a register that nothing has overwritten yet; a leak in one kind of call passes this in the shortest soak.
 */
const FEW = 2;
const HEAP_BYTES = 12 * MIB;
const RSS_BYTES = 96 * MIB;
const OTHER_FILES = 4;

/** A connection, ours or a server's, and what hangs on it in Node, Postgres' client and undici. */
const CONNECTION_PARTS = new Set(
  (
    'Socket TCP ReadableState WritableState HTTPParser HTTPServerAsyncResource Timeout TimersList FastTimer ' +
    'Client Connection ConnectionParameters Parser BufferReader TypeOverrides PendingItem IdleItem WeakRef'
  ).split(' '),
);

/** Node's own: one for each signal that somebody waits on, and signals come and go with timers and requests. */
const ON_SIGNALS = 'Listener';

/** Their numbers say little: the compiler and caches of all kinds make them. */
const BUILT_IN = new Set(
  (
    'Function AsyncFunction GeneratorFunction AsyncGeneratorFunction Object Array Map Set WeakMap WeakSet ? ' +
    'Promise RegExp Error Date Symbol String Number ArrayBuffer Uint8Array Buffer FastBuffer WeakReference'
  ).split(' '),
);
const BUILT_IN_PER_CALL = 1;
const BUILT_IN_COMMON = 1_000;

/** Classes that are bounded by others: Node keeps 250 entries of what `fetch` measured. */
const BOUNDED: Readonly<Record<string, number>> = { PerformanceResourceTiming: 250 };

/** Something of which a process holds more than before. */
export interface Grown {
  readonly what: string;
  readonly base: number;
  readonly end: number;
}

/** What has grown beyond what a process without a leak may hold, the most suspicious first. */
export function grownBetween(base: Vitals, end: Vitals, calls: number): Grown[] {
  return [
    ...objectsGrown(base, end, calls),
    ...above('sockets', base.sockets, end.sockets, POOLED),
    ...above('other open files', base.otherFiles, end.otherFiles, OTHER_FILES),
    ...above('bytes of heap', base.heapBytes, end.heapBytes, HEAP_BYTES),
    ...above('bytes of memory', base.rssBytes, end.rssBytes, RSS_BYTES),
  ];
}

function objectsGrown(base: Vitals, end: Vitals, calls: number): Grown[] {
  return Object.entries(end.objects)
    .flatMap(([name, count]) => {
      const before = base.objects[name] ?? 0;
      return above(`${name} objects`, before, count, allowedGrowth(name, before, calls));
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

function relative({ base, end }: Grown): number {
  return end / Math.max(base, 0.5);
}

function above(what: string, base: number, end: number, allowed: number): Grown[] {
  return end - base > allowed ? [{ what, base, end }] : [];
}
