import { treeCpuMsOf, cpuMsOf } from '../process-cpu.js';

/** The compared systems: Parley, and a bare program for each half of its work. */
export type SystemName = 'insert' | 'relay' | 'parley';

/** A system that receives texts. */
export interface MeasuredSystem {
  readonly name: SystemName;
  readonly webhookUrl: string;
  /** Its own processes, without databases, brokers and simulators. */
  readonly pids: () => readonly number[];
  /** Texts answered since the start, minus unfinished work. */
  readonly countAnswered?: () => Promise<number>;
}

/** CPU time in milliseconds, by process group. */
export interface CpuMs {
  services: number;
  postgres: number;
  nats: number;
}

/** Returns the CPU time used so far. */
export function cpuTimesOf(system: MeasuredSystem, servers: { postgres: number; nats: number }): CpuMs {
  return {
    services: system.pids().reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    postgres: treeCpuMsOf(servers.postgres),
    nats: treeCpuMsOf(servers.nats),
  };
}

export function cpuUsedSince(before: CpuMs, now: CpuMs): CpuMs {
  return {
    services: now.services - before.services,
    postgres: now.postgres - before.postgres,
    nats: now.nats - before.nats,
  };
}
