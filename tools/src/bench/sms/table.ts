import { percentile } from '../percentiles.js';
import type { SystemName, CpuMs } from './measured-system.js';
import type { SmsMeasurement } from './measurement.js';
import type { SmsBenchResult } from './sms-bench.js';

/** Goals: multiples of the bare programs' figures, and a time. */
const GOALS = { ackP50: 1.5, ackP99: 2, cpu: 2, sendP95Ms: 40 } as const;

/** The figures of one system at one load, over all rounds. */
interface Cell {
  texts: number;
  failed: number;
  unanswered: number;
  ackP50: number;
  ackP99: number;
  sendP50: number;
  sendP95: number;
  cpu: CpuMs;
  latenessP99: number;
  void: boolean;
}

const PROGRAMS: Record<SystemName, string> = {
  insert: 'bare insert',
  relay: 'bare relay',
  parley: '**Parley**',
};

/** Returns the figures and their comparison with the goals as Markdown. */
export function smsTables(result: SmsBenchResult): string {
  const { answered, ackOnly } = result;
  return [
    '### Answered',
    figuresTable(answered),
    '### Compared with the goals',
    goals(answered),
    ...(ackOnly.length > 0 ? ['### Received without a reply', figuresTable(ackOnly)] : []),
    footnote(result),
  ].join('\n\n');
}

function footnote({ answered, idlePerS: { services, postgres, nats } }: SmsBenchResult): string {
  const load = Math.max(...answered.map(({ loadAverage }) => loadAverage)).toFixed(1);
  return [
    `Load average of the machine during the run: up to ${load}.`,
    `While nobody texts, Parley's services use ${ms(services)} of CPU per second,`,
    `Postgres ${ms(postgres)} and NATS ${ms(nats)}.`,
  ].join(' ');
}

function figuresTable(measurements: readonly SmsMeasurement[]): string {
  const rows = levelsOf(measurements).flatMap((level) =>
    systemsOf(measurements).map((system) => {
      const cell = cellOf(measurements, level, system);
      const isRelay = system === 'relay';
      return [
        `${level}/s`,
        PROGRAMS[system],
        ...(cell.void
          ? ['void', 'void']
          : [isRelay ? '–' : ms(cell.ackP50), isRelay ? '–' : ms(cell.ackP99)]),
        ...[cell.cpu.services, cell.cpu.postgres, cell.cpu.nats].map((cpu) =>
          cell.void ? 'void' : ms(cpu / cell.texts),
        ),
        cell.void ? 'void' : ms(cell.sendP50),
        cell.void ? 'void' : ms(cell.sendP95),
        ms(cell.latenessP99),
        String(cell.failed + cell.unanswered),
      ];
    }),
  );
  return table(
    [
      'load',
      'program',
      'ack p50',
      'ack p99',
      'CPU per text',
      'Postgres',
      'NATS',
      'in → send p50',
      'p95',
      'generator late p99',
      'lost',
    ],
    rows,
  );
}

function goals(measurements: readonly SmsMeasurement[]): string {
  const rows = levelsOf(measurements).flatMap((level) => {
    const [parley, insert, relay] = (['parley', 'insert', 'relay'] as const).map((name) =>
      cellOf(measurements, level, name),
    ) as [Cell, Cell, Cell];
    const bareCpu = insert.cpu.services / insert.texts + relay.cpu.services / relay.texts;
    const isAckVoid = parley.void || insert.void;
    return [
      against(level, 'ack p50 ÷ insert', parley.ackP50 / insert.ackP50, GOALS.ackP50, '×', isAckVoid),
      against(level, 'ack p99 ÷ insert', parley.ackP99 / insert.ackP99, GOALS.ackP99, '×', isAckVoid),
      against(
        level,
        'CPU ÷ (insert + relay)',
        parley.cpu.services / parley.texts / bareCpu,
        GOALS.cpu,
        '×',
        isAckVoid || relay.void,
      ),
      against(level, 'inbound → send p95', parley.sendP95, GOALS.sendP95Ms, ' ms', parley.void),
    ];
  });
  return table(['load', 'measure', 'Parley', 'goal', ''], rows);
}

function against(
  level: number,
  measure: string,
  value: number,
  goal: number,
  unit: string,
  isVoid: boolean,
): string[] {
  const verdict = value <= goal ? 'met' : 'missed';
  return [
    `${level}/s`,
    measure,
    isVoid ? 'void' : `${value.toFixed(unit === '×' ? 2 : 0)}${unit}`,
    `≤ ${goal}${unit}`,
    isVoid ? '' : verdict,
  ];
}

function cellOf(measurements: readonly SmsMeasurement[], level: number, system: SystemName): Cell {
  const all = measurements.filter(
    (measurement) => measurement.ratePerS === level && measurement.system === system,
  );
  const onTime = all.filter(({ isLate }) => !isLate);
  const sumOf = (some: readonly SmsMeasurement[], pick: (measurement: SmsMeasurement) => number) =>
    some.reduce((total, measurement) => total + pick(measurement), 0);
  const ackMs = onTime.flatMap((measurement) => measurement.ackMs);
  const sendMs = onTime.flatMap((measurement) => measurement.sendMs);
  return {
    texts: sumOf(onTime, ({ texts }) => texts),
    failed: sumOf(all, ({ failed }) => failed),
    unanswered: sumOf(all, ({ unanswered }) => unanswered ?? 0),
    ackP50: percentile(ackMs, 0.5),
    ackP99: percentile(ackMs, 0.99),
    sendP50: percentile(sendMs, 0.5),
    sendP95: percentile(sendMs, 0.95),
    cpu: {
      services: sumOf(onTime, ({ cpu }) => cpu.services),
      postgres: sumOf(onTime, ({ cpu }) => cpu.postgres),
      nats: sumOf(onTime, ({ cpu }) => cpu.nats),
    },
    latenessP99: Math.max(...all.map(({ latenessP99Ms }) => latenessP99Ms)),
    void: onTime.length === 0,
  };
}

function levelsOf(measurements: readonly SmsMeasurement[]): number[] {
  return [...new Set(measurements.map(({ ratePerS }) => ratePerS))];
}

function systemsOf(measurements: readonly SmsMeasurement[]): SystemName[] {
  return [...new Set(measurements.map(({ system }) => system))];
}

function ms(value: number): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(2)} ms`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
