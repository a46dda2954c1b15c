import { percentile } from '../percentiles.js';
import type { ProgramName } from './measured-program.js';
import type { VoiceMeasurement } from './measurement.js';
import type { VoiceBenchResult } from './voice-bench.js';

/** Goals: differences and ratios to the bare relay, and absolute figures. */
const GOALS = {
  cpuRatio: 1,
  ownP50OverMs: 1.5,
  ownP99OverMs: 8,
  clearP50OverMs: 1,
  responseP50Ms: 900,
  frameP50Ms: 3,
  /** One message per 80 ms of audio. */
  writesPerCallSecond: 12.5,
  rssPerCallMb: 1,
} as const;

const BYTES_PER_MB = 1e6;
const PROGRAMS: Record<ProgramName, string> = { relay: 'bare relay', parley: '**voice-bridge**' };

/** Suffix of loads with the vendors' published latencies. */
const DELAYED = ', vendor latencies';

type Numbers =
  | 'ownMs'
  | 'frameMs'
  | 'recognitionMs'
  | 'askMs'
  | 'speakMs'
  | 'playMs'
  | 'responseMs'
  | 'clearMs'
  | 'pacingErrorMs'
  | 'gapMs';

/** The figures of one program under one load, over all rounds. */
interface Cell {
  program: ProgramName;
  /** Values of all measurements that are not void. */
  all: Record<Numbers, number[]>;
  measurements: readonly VoiceMeasurement[];
  onTime: readonly VoiceMeasurement[];
  cpu: number;
  /** Audio messages to the recogniser per call and second. */
  writes: number;
  rssBytes: number;
}

/** Returns the figures and their comparison with the goals as Markdown. */
export function voiceTables(result: VoiceBenchResult): string {
  const plain = result.measurements.filter(({ hasVendorDelays }) => !hasVendorDelays);
  const delayed = result.measurements.filter(({ hasVendorDelays }) => hasVendorDelays);
  const both = programsOf(result.measurements).length === 2;
  return [
    ...(plain.length > 0
      ? [figuresTable(plain), "### The program's own part of a turn, step by step", turnParts(plain)]
      : []),
    ...(delayed.length > 0 ? ['### With vendor latencies', figuresTable(delayed), responses(delayed)] : []),
    ...(both ? ['### Compared with the goals', goals(result, plain, delayed)] : []),
    footnote(result),
  ].join('\n\n');
}

function figuresTable(measurements: readonly VoiceMeasurement[]): string {
  const rows = cellsOf(measurements).map(([calls, cell]) => {
    const { ownMs, clearMs, pacingErrorMs, gapMs } = cell.all;
    const loops = cell.onTime.map(({ probe }) => probe);
    return [
      String(calls),
      PROGRAMS[cell.program],
      ...unlessVoid(cell, [
        ms(percentile(ownMs, 0.5)),
        ms(percentile(ownMs, 0.95)),
        ms(percentile(ownMs, 0.99)),
        ms(cell.cpu),
        ms(percentile(clearMs, 0.5)),
        ms(percentile(clearMs, 0.99)),
        cell.program === 'relay' ? '–' : ms(percentile(pacingErrorMs, 0.99), 0),
        `${gapMs.length} (${ms(Math.max(0, ...gapMs), 0)})`,
        loopLateness(loops),
      ]),
      `${(cell.rssBytes / BYTES_PER_MB).toFixed(0)} MB`,
      String(sumOf(cell.measurements, ({ turns }) => turns)),
      wrongWords(cell.measurements),
      lateness(cell.measurements),
    ];
  });
  const header =
    'calls|program|own part p50|p95|p99|CPU per call-second|clear p50|p99|refill late p99|gaps (longest)' +
    '|event loop late p99 / max|RSS|turns|wrong words|stage late p99';
  return table(header.split('|'), rows);
}

function turnParts(measurements: readonly VoiceMeasurement[]): string {
  const rows = cellsOf(measurements).map(([calls, cell]) => [
    String(calls),
    PROGRAMS[cell.program],
    ...(['frameMs', 'recognitionMs', 'askMs', 'speakMs', 'playMs'] as const).flatMap((leg) =>
      unlessVoid(cell, [ms(percentile(cell.all[leg], 0.5)), ms(percentile(cell.all[leg], 0.99))]),
    ),
    ...unlessVoid(cell, [cell.writes.toFixed(1)]),
  ]);
  const header =
    'calls|program|frame → recogniser p50|p99|last frame → end of turn p50|p99|words → agent p50|p99|sentence → voice p50|p99|audio → caller p50|p99|writes to the recogniser per second';
  return table(header.split('|'), rows);
}

function responses(measurements: readonly VoiceMeasurement[]): string {
  const rows = cellsOf(measurements).map(([calls, cell]) => [
    String(calls),
    PROGRAMS[cell.program],
    ...unlessVoid(
      cell,
      [0.5, 0.95, 0.99].map((share) => ms(percentile(cell.all.responseMs, share), 0)),
    ),
  ]);
  const header = 'calls|program|speech end → first audio p50|p95|p99';
  return table(header.split('|'), rows);
}

function goals(
  { idleRssBytes }: VoiceBenchResult,
  plain: readonly VoiceMeasurement[],
  delayed: readonly VoiceMeasurement[],
): string {
  const rows = (measurements: readonly VoiceMeasurement[], suffix: string) =>
    levelsOf(measurements).flatMap((calls) => {
      const relay = cellOf(measurements, calls, 'relay');
      const parley = cellOf(measurements, calls, 'parley');
      const isVoid = relay.onTime.length === 0 || parley.onTime.length === 0;
      const over = (numbers: Numbers, share: number) =>
        percentile(parley.all[numbers], share) - percentile(relay.all[numbers], share);
      const rss = (parley.rssBytes - idleRssBytes.parley) / BYTES_PER_MB / calls;
      const load = `${calls}${suffix}`;
      return [
        against(load, 'CPU ÷ relay', parley.cpu / relay.cpu, GOALS.cpuRatio, '×', isVoid),
        against(load, 'own part p50 − relay', over('ownMs', 0.5), GOALS.ownP50OverMs, ' ms', isVoid),
        against(load, 'own part p99 − relay', over('ownMs', 0.99), GOALS.ownP99OverMs, ' ms', isVoid),
        against(load, 'clear p50 − relay', over('clearMs', 0.5), GOALS.clearP50OverMs, ' ms', isVoid),
        against(
          load,
          'frame → recogniser p50',
          percentile(parley.all.frameMs, 0.5),
          GOALS.frameP50Ms,
          ' ms',
          isVoid,
        ),
        against(
          load,
          'writes to the recogniser per second',
          parley.writes,
          GOALS.writesPerCallSecond,
          '',
          isVoid,
        ),
        against(load, 'RSS per call', rss, GOALS.rssPerCallMb, ' MB', isVoid),
      ];
    });
  const responseRows = levelsOf(delayed).map((calls) => {
    const parley = cellOf(delayed, calls, 'parley');
    const p50 = percentile(parley.all.responseMs, 0.5);
    const measure = 'speech end → first audio p50';
    const isVoid = parley.onTime.length === 0;
    return against(`${calls}${DELAYED}`, measure, p50, GOALS.responseP50Ms, ' ms', isVoid);
  });
  const all = [...rows(plain, ''), ...rows(delayed, DELAYED), ...responseRows];
  return table(['calls', 'measure', 'voice-bridge', 'goal', ''], all);
}

function footnote({ isPinned, idleRssBytes, measurements }: VoiceBenchResult): string {
  const idle = programsOf(measurements).map(
    (name) => `${PROGRAMS[name]} ${(idleRssBytes[name] / BYTES_PER_MB).toFixed(0)} MB`,
  );
  const busiest = Math.max(...measurements.map(({ stageCpuShare }) => stageCpuShare));
  const bound = isPinned
    ? 'The measured programs had their own core.'
    : 'Nothing was bound to a core: programs and stage shared all cores.';
  return [
    bound,
    `The stage used up to ${Math.round(busiest * 100)} % of another core.`,
    `Memory before the first call: ${idle.join(', ')}.`,
  ].join(' ');
}

function against(
  load: string,
  measure: string,
  value: number,
  goal: number,
  unit: string,
  isVoid: boolean,
): string[] {
  const digits = goal >= 100 ? 0 : 2;
  const isUnknown = isVoid || Number.isNaN(value);
  return [
    load,
    measure,
    isUnknown ? (isVoid ? 'void' : '–') : `${value.toFixed(digits)}${unit}`,
    `≤ ${goal}${unit}`,
    isUnknown ? '' : value <= goal ? 'met' : 'missed',
  ];
}

function cellsOf(measurements: readonly VoiceMeasurement[]): [number, Cell][] {
  return levelsOf(measurements).flatMap((calls) =>
    programsOf(measurements).map((program): [number, Cell] => [calls, cellOf(measurements, calls, program)]),
  );
}

function cellOf(all: readonly VoiceMeasurement[], calls: number, program: ProgramName): Cell {
  const measurements = all.filter(
    (measurement) => measurement.calls === calls && measurement.program === program,
  );
  const onTime = measurements.filter(({ isLate }) => !isLate);
  const numbers = (name: Numbers) => onTime.flatMap((measurement) => measurement[name]);
  return {
    program,
    measurements,
    onTime,
    all: {
      ownMs: numbers('ownMs'),
      frameMs: numbers('frameMs'),
      recognitionMs: numbers('recognitionMs'),
      askMs: numbers('askMs'),
      speakMs: numbers('speakMs'),
      playMs: numbers('playMs'),
      responseMs: numbers('responseMs'),
      clearMs: numbers('clearMs'),
      pacingErrorMs: numbers('pacingErrorMs'),
      gapMs: numbers('gapMs'),
    },
    cpu: sumOf(onTime, ({ cpuMsPerCallSecond }) => cpuMsPerCallSecond) / onTime.length,
    writes: sumOf(onTime, ({ writesPerCallSecond }) => writesPerCallSecond) / onTime.length,
    rssBytes: Math.max(...measurements.map(({ probe }) => probe.rssBytes)),
  };
}

function wrongWords(measurements: readonly VoiceMeasurement[]): string {
  const [said, heard] = [
    sumOf(measurements, ({ words }) => words.said),
    sumOf(measurements, ({ words }) => words.heard),
  ];
  const wrong = sumOf(measurements, ({ words }) => words.spokenWrong + words.heardWrong);
  return `${wrong} of ${said} + ${heard}`;
}

function loopLateness(loops: readonly VoiceMeasurement['probe'][]): string {
  if (loops.length === 0) return '–';
  const p99Ms = Math.max(...loops.map((loop) => loop.p99Ms));
  const maxMs = Math.max(...loops.map((loop) => loop.maxMs));
  return `${p99Ms.toFixed(1)} / ${ms(maxMs, 1)}`;
}

function lateness(measurements: readonly VoiceMeasurement[]): string {
  return ms(Math.max(...measurements.map(({ latenessP99Ms }) => latenessP99Ms)), 1);
}

function unlessVoid(cell: Cell, values: readonly string[]): string[] {
  return cell.onTime.length === 0 ? values.map(() => 'void') : [...values];
}

function sumOf(
  measurements: readonly VoiceMeasurement[],
  pick: (measurement: VoiceMeasurement) => number,
): number {
  return measurements.reduce((total, measurement) => total + pick(measurement), 0);
}

function levelsOf(measurements: readonly VoiceMeasurement[]): number[] {
  return [...new Set(measurements.map(({ calls }) => calls))];
}

function programsOf(measurements: readonly VoiceMeasurement[]): ProgramName[] {
  return [...new Set(measurements.map(({ program }) => program))];
}

function ms(value: number, digits = 2): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(digits)} ms`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
