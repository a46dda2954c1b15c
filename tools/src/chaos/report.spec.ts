import { describe, expect, it } from 'vitest';
import { chaosReport } from './report.js';
import type { SeedResult } from './run.js';

const result = (given: Partial<SeedResult>): SeedResult => ({
  seed: 1,
  durationMs: 9_000,
  texts: 20,
  answered: 15,
  operatorMessages: 2,
  faults: ['kill sms-gateway', 'nats restart'],
  findings: [],
  recoveries: [],
  unknown: 0,
  missed: 0,
  folder: undefined,
  ...given,
});

const row = (report: string, name: string) =>
  report
    .split('\n')
    .find((line) => line.startsWith(`| ${name} `))
    ?.split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());

describe('chaosReport', () => {
  const report = chaosReport([
    result({ recoveries: [{ fault: 'kill sms-gateway', ms: 1_000 }], unknown: 1 }),
    result({ seed: 2, recoveries: [{ fault: 'kill sms-gateway', ms: 3_000 }], missed: 2 }),
    result({
      seed: 3,
      faults: ['kill sms-gateway'],
      findings: [
        { check: 'a check', kind: 'lost', detail: 'one text' },
        { check: 'a check', kind: 'lost', detail: 'another' },
        { check: 'another check', kind: 'duplicated', detail: 'a reply' },
      ],
    }),
  ]);

  it('the chaos report sums up the results and lists the failed seeds', () => {
    expect(row(report, 'seeds')).toEqual(['3']);
    expect(row(report, 'failed seeds')).toEqual(['1 (3)']);
    expect(row(report, 'texts')).toEqual(['60']);
    expect(row(report, 'texts answered')).toEqual(['45']);
    expect(row(report, 'faults')).toEqual(['5']);
    expect(row(report, 'lost')).toEqual(['2']);
    expect(row(report, 'duplicated')).toEqual(['1']);
    expect(row(report, 'out of order')).toEqual(['0']);
    expect(row(report, 'texts with unacknowledged webhook, found in Twilio’s list')).toEqual(['2']);
  });

  it('the chaos report shows the recovery time of each fault', () => {
    expect(row(report, 'kill sms-gateway')).toEqual(['3', '1.0 s', '3.0 s', '3.0 s']);
    expect(row(report, 'nats restart')).toEqual(['2', '–', '–', '–']);
  });
});
