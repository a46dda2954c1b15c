import { percentile } from '../percentiles.js';
import { cpuMsOf } from '../process-cpu.js';
import type { MeasuredProgram, ProgramName } from './measured-program.js';
import type { StageResult, VendorDelays } from './stage/stage-messages.js';
import type { Stage } from './stage/stage-process.js';
import type { ProbeReport } from './program-probe.js';

/** If the stage is later than this, the measurement is void. */
const MAX_LATENESS_P99_MS = 10;

export interface VoiceMeasurementLoad {
  calls: number;
  windowMs: number;
  delays: VendorDelays;
  hasVendorDelays: boolean;
}

/** The figures of one program under one load for some seconds. */
export interface VoiceMeasurement extends StageResult {
  program: ProgramName;
  calls: number;
  hasVendorDelays: boolean;
  /** CPU time of the program per call and second. */
  cpuMsPerCallSecond: number;
  /** Audio messages to the recogniser per call and second. */
  writesPerCallSecond: number;
  stageCpuShare: number;
  /** The probe's report about the program at the end of the window. */
  probe: ProbeReport;
  latenessP99Ms: number;
  isLate: boolean;
}

export async function measureProgram(
  stage: Stage,
  program: MeasuredProgram,
  order: VoiceMeasurementLoad,
): Promise<VoiceMeasurement> {
  const pids = [program.process, ...program.helpers].map(({ pid }) => pid);
  const usedCpuMs = (): number => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const { calls, windowMs, delays, hasVendorDelays } = order;
  let cpuMs = 0;
  let openedMs = 0;
  let seconds = 0;
  let report: Promise<ProbeReport> | undefined;
  const result = await stage.run(
    { callee: program.callee, calls, windowMs, delays },
    {
      opens: () => {
        program.probe.begin();
        cpuMs = -usedCpuMs();
        openedMs = performance.now();
      },
      closes: () => {
        cpuMs += usedCpuMs();
        seconds = (performance.now() - openedMs) / 1_000;
        report = program.probe.end();
        // Awaited below, after the calls.
        report.catch(() => undefined);
      },
    },
  );
  const latenessP99Ms = percentile([...result.latenessMs], 0.99);
  return {
    ...result,
    program: program.name,
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
