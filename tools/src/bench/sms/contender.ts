import { treeCpuMsOf, cpuMsOf } from '../process-cpu.js';

/** What is compared: Parley, and the least that does each half of its work. */
export type ContenderName = 'insert' | 'relay' | 'parley';

/** A system that takes texts. */
export interface Contender {
  readonly name: ContenderName;
  readonly webhookUrl: string;
  /** Its own processes; databases, brokers and stand-ins of vendors are not among them. */
  readonly pids: () => readonly number[];
  /** How many texts it has answered since it started, work that is still to be done for them taken off. */
  readonly countAnswered?: () => Promise<number>;
}

/** CPU time in milliseconds, by who used it. */
export interface CpuMs {
  services: number;
  postgres: number;
  nats: number;
}

/** CPU time used up to now. */
export function cpuOf(contender: Contender, servers: { postgres: number; nats: number }): CpuMs {
  return {
    services: contender.pids().reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    postgres: treeCpuMsOf(servers.postgres),
    nats: treeCpuMsOf(servers.nats),
  };
}

export function usedSince(before: CpuMs, now: CpuMs): CpuMs {
  return {
    services: now.services - before.services,
    postgres: now.postgres - before.postgres,
    nats: now.nats - before.nats,
  };
}
