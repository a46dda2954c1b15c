import { percentile } from '../bench/percentiles.js';
import { markdownTable } from '../markdown-table.js';
import { FINDING_KINDS } from './checks/finding.js';
import { hasFailed, type SeedResult } from './run.js';

/** Returns the results of all seeds as Markdown. */
export function chaosReport(results: readonly SeedResult[]): string {
  return `${totals(results)}\n\n${faultTable(results)}`;
}

function totals(results: readonly SeedResult[]): string {
  const sum = (count: (result: SeedResult) => number) =>
    results.reduce((total, one) => total + count(one), 0);
  const failed = results.filter(hasFailed);
  const broken = FINDING_KINDS.map((kind) => [
    kind,
    sum(({ findings }) => findings.filter((finding) => finding.kind === kind).length),
  ]);
  const rows = [
    ['seeds', results.length],
    [
      'failed seeds',
      failed.length === 0 ? 0 : `${failed.length} (${failed.map(({ seed }) => seed).join(', ')})`,
    ],
    ['texts', sum(({ texts }) => texts)],
    ['texts answered', sum(({ answered }) => answered)],
    ['operator messages', sum(({ operatorMessages }) => operatorMessages)],
    ['faults', sum(({ faults }) => faults.length)],
    ...broken,
    ['send attempts with unknown outcome, reconciled from Twilio’s list', sum(({ unknown }) => unknown)],
    ['texts with unacknowledged webhook, found in Twilio’s list', sum(({ missed }) => missed)],
  ];
  return markdownTable(['', 'count'], rows);
}

/** Percentiles of the recovery time, by fault. */
function faultTable(results: readonly SeedResult[]): string {
  const names = [...new Set(results.flatMap(({ faults }) => faults))].toSorted();
  const rows = names.map((name) => {
    const times = results.flatMap(({ recoveries }) =>
      recoveries.filter(({ fault }) => fault === name).map(({ ms }) => ms),
    );
    const count = results.flatMap(({ faults }) => faults).filter((fault) => fault === name).length;
    return [
      name,
      count,
      seconds(percentile(times, 0.5)),
      seconds(percentile(times, 0.95)),
      seconds(percentile(times, 1)),
    ];
  });
  return markdownTable(['fault', 'times', 'recovery p50', 'p95', 'max'], rows);
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? '–' : `${(ms / 1_000).toFixed(1)} s`;
}
