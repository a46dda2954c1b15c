import { percentile } from '../percentiles.js';
import type { ContenderName } from './contender.js';
import type { Slice } from './slice.js';
import type { VoiceBenchResult } from './voice-bench.js';

/** What voice-bridge may cost, beside the relay and by itself. */
const GOALS = {
  cpuRatio: 1,
  ownP50OverMs: 1.5,
  ownP99OverMs: 8,
  clearP50OverMs: 1,
  responseP50Ms: 900,
  frameP50Ms: 3,
  /** One message for each 80 ms of audio. */
  writesPerCallSecond: 12.5,
  rssPerCallMb: 1,
} as const;

const BYTES_PER_MB = 1e6;
const PROGRAMS: Record<ContenderName, string> = { relay: 'bare relay', parley: '**voice-bridge**' };

/** Of the levels at which vendors take time. */
const DELAYED = ', vendors take time';

type Numbers =
  | 'ownMs'
  | 'frameMs'
  | 'hearMs'
  | 'askMs'
  | 'speakMs'
  | 'playMs'
  | 'responseMs'
  | 'clearMs'
  | 'pacingErrorMs'
  | 'gapMs';

/** All slices of one contender under one load. */
interface Cell {
  contender: ContenderName;
  /** Of the slices that are not void. */
  all: Record<Numbers, number[]>;
  slices: readonly Slice[];
  onTime: readonly Slice[];
  cpu: number;
  /** To the recogniser, by call and second. */
  writes: number;
  rssBytes: number;
}

/** The result as Markdown: what was measured, then how it stands to the goals. */
export function voiceTables(result: VoiceBenchResult): string {
  const plain = result.slices.filter(({ hasVendorDelays }) => !hasVendorDelays);
  const delayed = result.slices.filter(({ hasVendorDelays }) => hasVendorDelays);
  const both = contendersOf(result.slices).length === 2;
  return [
    ...(plain.length > 0 ? [measurements(plain), '### Where the own part of a turn goes', legs(plain)] : []),
    ...(delayed.length > 0
      ? ['### With the time that vendors take', measurements(delayed), responses(delayed)]
      : []),
    ...(both ? ['### Beside the goals', goals(result, plain, delayed)] : []),
    footnote(result),
  ].join('\n\n');
}

function measurements(slices: readonly Slice[]): string {
  const rows = cellsOf(slices).map(([calls, cell]) => {
    const { ownMs, clearMs, pacingErrorMs, gapMs } = cell.all;
    const loops = cell.onTime.map(({ probe }) => probe);
    return [
      String(calls),
      PROGRAMS[cell.contender],
      ...unlessVoid(cell, [
        ms(percentile(ownMs, 0.5)),
        ms(percentile(ownMs, 0.95)),
        ms(percentile(ownMs, 0.99)),
        ms(cell.cpu),
        ms(percentile(clearMs, 0.5)),
        ms(percentile(clearMs, 0.99)),
        cell.contender === 'relay' ? '–' : ms(percentile(pacingErrorMs, 0.99), 0),
        `${gapMs.length} (${ms(Math.max(0, ...gapMs), 0)})`,
        loopLateness(loops),
      ]),
      `${(cell.rssBytes / BYTES_PER_MB).toFixed(0)} MB`,
      String(sumOf(cell.slices, ({ turns }) => turns)),
      wrongWords(cell.slices),
      lateness(cell.slices),
    ];
  });
  const header =
    'calls|program|own part p50|p95|p99|CPU per call-second|clear p50|p99|refill late p99|gaps (longest)' +
    '|event loop late p99 / max|RSS|turns|wrong words|stage late p99';
  return table(header.split('|'), rows);
}

function legs(slices: readonly Slice[]): string {
  const rows = cellsOf(slices).map(([calls, cell]) => [
    String(calls),
    PROGRAMS[cell.contender],
    ...(['frameMs', 'hearMs', 'askMs', 'speakMs', 'playMs'] as const).flatMap((leg) =>
      unlessVoid(cell, [ms(percentile(cell.all[leg], 0.5)), ms(percentile(cell.all[leg], 0.99))]),
    ),
    ...unlessVoid(cell, [cell.writes.toFixed(1)]),
  ]);
  const header =
    'calls|program|frame → recogniser p50|p99|last frame → end of turn p50|p99|words → agent p50|p99|sentence → voice p50|p99|audio → caller p50|p99|writes to the recogniser per second';
  return table(header.split('|'), rows);
}

function responses(slices: readonly Slice[]): string {
  const rows = cellsOf(slices).map(([calls, cell]) => [
    String(calls),
    PROGRAMS[cell.contender],
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
  plain: readonly Slice[],
  delayed: readonly Slice[],
): string {
  const rows = (slices: readonly Slice[], suffix: string) =>
    levelsOf(slices).flatMap((calls) => {
      const relay = cellOf(slices, calls, 'relay');
      const parley = cellOf(slices, calls, 'parley');
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

function footnote({ isPinned, idleRssBytes, slices }: VoiceBenchResult): string {
  const idle = contendersOf(slices).map(
    (name) => `${PROGRAMS[name]} ${(idleRssBytes[name] / BYTES_PER_MB).toFixed(0)} MB`,
  );
  const busiest = Math.max(...slices.map(({ stageCpuShare }) => stageCpuShare));
  const bound = isPinned
    ? 'The measured programs had a core of their own.'
    : 'Nothing was bound to a core: programs and load shared all of them.';
  return [
    bound,
    `The stage used up to ${Math.round(busiest * 100)} % of another.`,
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

function cellsOf(slices: readonly Slice[]): [number, Cell][] {
  return levelsOf(slices).flatMap((calls) =>
    contendersOf(slices).map((contender): [number, Cell] => [calls, cellOf(slices, calls, contender)]),
  );
}

function cellOf(all: readonly Slice[], calls: number, contender: ContenderName): Cell {
  const slices = all.filter((slice) => slice.calls === calls && slice.contender === contender);
  const onTime = slices.filter(({ isLate }) => !isLate);
  const numbers = (name: Numbers) => onTime.flatMap((slice) => slice[name]);
  return {
    contender,
    slices,
    onTime,
    all: {
      ownMs: numbers('ownMs'),
      frameMs: numbers('frameMs'),
      hearMs: numbers('hearMs'),
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
    rssBytes: Math.max(...slices.map(({ probe }) => probe.rssBytes)),
  };
}

function wrongWords(slices: readonly Slice[]): string {
  const [said, heard] = [sumOf(slices, ({ words }) => words.said), sumOf(slices, ({ words }) => words.heard)];
  const wrong = sumOf(slices, ({ words }) => words.saidWrong + words.heardWrong);
  return `${wrong} of ${said} + ${heard}`;
}

function loopLateness(loops: readonly Slice['probe'][]): string {
  if (loops.length === 0) return '–';
  const p99Ms = Math.max(...loops.map((loop) => loop.p99Ms));
  const maxMs = Math.max(...loops.map((loop) => loop.maxMs));
  return `${p99Ms.toFixed(1)} / ${ms(maxMs, 1)}`;
}

function lateness(slices: readonly Slice[]): string {
  return ms(Math.max(...slices.map(({ latenessP99Ms }) => latenessP99Ms)), 1);
}

function unlessVoid(cell: Cell, values: readonly string[]): string[] {
  return cell.onTime.length === 0 ? values.map(() => 'void') : [...values];
}

function sumOf(slices: readonly Slice[], pick: (slice: Slice) => number): number {
  return slices.reduce((total, slice) => total + pick(slice), 0);
}

function levelsOf(slices: readonly Slice[]): number[] {
  return [...new Set(slices.map(({ calls }) => calls))];
}

function contendersOf(slices: readonly Slice[]): ContenderName[] {
  return [...new Set(slices.map(({ contender }) => contender))];
}

function ms(value: number, digits = 2): string {
  return Number.isNaN(value) ? '–' : `${value.toFixed(digits)} ms`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
