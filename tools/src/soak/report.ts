import { markdownTable } from '../markdown-table.js';
import { CALL_KINDS } from './call-plan.js';
import type { SoakResult } from './run.js';
import type { Vitals } from './vitals.js';

const MIB = 2 ** 20;

const MEASURES: Readonly<Record<string, (vitals: Vitals) => string | number>> = {
  sockets: ({ sockets }) => sockets,
  'other open files': ({ otherFiles }) => otherFiles,
  timers: ({ objects }) => objects['Timeout'] ?? 0,
  'NATS subscriptions': ({ objects }) => objects['SubscriptionImpl'] ?? 0,
  'abort signals': ({ objects }) => objects['AbortSignal'] ?? 0,
  'objects of all classes': ({ objects }) => Object.values(objects).reduce((sum, count) => sum + count, 0),
  heap: ({ heapBytes }) => mebibytes(heapBytes),
  RSS: ({ rssBytes }) => mebibytes(rssBytes),
};

/** Returns the calls and the vitals before and after them as Markdown. */
export function soakReport({ evidence, findings, seconds }: SoakResult): string {
  const { played, comparisons } = evidence;
  const kinds = CALL_KINDS.flatMap((kind) => {
    const calls = played.filter((call) => call.kind === kind);
    const asPlanned = calls.filter(({ end }) => end === 'as planned').length;
    return calls.length === 0 ? [] : [[`caller ${kind}`, calls.length, asPlanned]];
  });
  const total = ['all', played.length, played.filter(({ end }) => end === 'as planned').length];
  const vitals = comparisons.flatMap(({ service, base, end }) =>
    Object.entries(MEASURES).map(([name, read]) => [service, name, read(base), read(end)]),
  );
  return [
    `${played.length} calls in ${(seconds / 60).toFixed(1)} minutes; findings: ${findings.length}.`,
    markdownTable(['calls', 'count', 'as planned'], [...kinds, total]),
    markdownTable(['process', 'holds', 'before', 'after'], vitals),
  ].join('\n\n');
}

function mebibytes(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
