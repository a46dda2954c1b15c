import { percentile } from '../percentiles.js';
import { cpuMsOf } from '../process-cpu.js';
import type { Contender, ContenderName } from './contender.js';
import type { StageResult, VendorDelays } from './stage/orders.js';
import type { Stage } from './stage/stage-process.js';
import type { ProbeReport } from './watched-program.js';

/** Later than this, and the numbers are about the stage. */
const MAX_LATENESS_P99_MS = 10;

export interface SliceOrder {
  calls: number;
  windowMs: number;
  delays: VendorDelays;
  hasVendorDelays: boolean;
}

/** One contender with so many calls for some seconds. */
export interface Slice extends StageResult {
  contender: ContenderName;
  calls: number;
  hasVendorDelays: boolean;
  /** Of the contender, by call and second. */
  cpuMsPerCallSecond: number;
  /** Messages of audio to the recogniser, by call and second. */
  writesPerCallSecond: number;
  stageCpuShare: number;
  /** Of the contender, in the window and at its end. */
  probe: ProbeReport;
  latenessP99Ms: number;
  isLate: boolean;
}

export async function measureSlice(stage: Stage, contender: Contender, order: SliceOrder): Promise<Slice> {
  const pids = [contender.process, ...contender.helpers].map(({ pid }) => pid);
  const usedCpuMs = (): number => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const { calls, windowMs, delays, hasVendorDelays } = order;
  let cpuMs = 0;
  let openedMs = 0;
  let seconds = 0;
  let report: Promise<ProbeReport> | undefined;
  const result = await stage.run(
    { callee: contender.callee, calls, windowMs, delays },
    {
      opens: () => {
        contender.watched.begin();
        cpuMs = -usedCpuMs();
        openedMs = performance.now();
      },
      closes: () => {
        cpuMs += usedCpuMs();
        seconds = (performance.now() - openedMs) / 1_000;
        report = contender.watched.end();
        // Awaited below, once the calls are over.
        report.catch(() => undefined);
      },
    },
  );
  const latenessP99Ms = percentile([...result.latenessMs], 0.99);
  return {
    ...result,
    contender: contender.name,
    calls,
    hasVendorDelays,
    cpuMsPerCallSecond: cpuMs / calls / seconds,
    writesPerCallSecond: result.audioMessages / calls / (windowMs / 1_000),
    stageCpuShare: result.stageCpuMs / windowMs,
    probe: await report!,
    latenessP99Ms,
    isLate: !(latenessP99Ms <= MAX_LATENESS_P99_MS),
  };
}
