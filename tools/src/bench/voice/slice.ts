import { readFileSync } from 'node:fs';
import { percentile } from '../percentiles.js';
import { cpuMsOf } from '../process-cpu.js';
import type { Contender, ContenderName } from './contender.js';
import type { EventLoopDelay } from './event-loop.js';
import type { StageResult, VendorDelays } from './stage/orders.js';
import type { Stage } from './stage/stage-process.js';

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
  stageCpuShare: number;
  /** Of the contender with all calls under way. */
  rssBytes: number;
  eventLoop: EventLoopDelay | undefined;
  latenessP99Ms: number;
  isLate: boolean;
}

export async function measureSlice(stage: Stage, contender: Contender, order: SliceOrder): Promise<Slice> {
  const { pid } = contender.process;
  const { calls, windowMs, delays, hasVendorDelays } = order;
  let cpuMs = 0;
  let openedMs = 0;
  let seconds = 0;
  let rssBytes = 0;
  let eventLoop: Promise<EventLoopDelay | undefined> | undefined;
  const result = await stage.run(
    { callee: contender.callee, calls, windowMs, delays },
    {
      opens: () => {
        void contender.eventLoop.delay();
        cpuMs = -cpuMsOf(pid);
        openedMs = performance.now();
      },
      closes: () => {
        cpuMs += cpuMsOf(pid);
        seconds = (performance.now() - openedMs) / 1_000;
        rssBytes = rssOf(pid);
        eventLoop = contender.eventLoop.delay();
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
    stageCpuShare: result.stageCpuMs / windowMs,
    rssBytes,
    eventLoop: await eventLoop,
    latenessP99Ms,
    isLate: !(latenessP99Ms <= MAX_LATENESS_P99_MS),
  };
}

/** Resident memory. Linux only. */
export function rssOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1_024;
}
