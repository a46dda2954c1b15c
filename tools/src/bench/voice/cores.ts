import { spawnSync } from 'node:child_process';

/** Which cores the measured programs have, and which everything else. */
export interface Cores {
  measured: number;
  others: readonly number[];
}

/** The first core for the measured programs; undefined without a second one, or without util-linux's `taskset`. */
export function chooseCores(): Cores | undefined {
  const asked = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
  const [, list] = /affinity list: ([\d,-]+)/.exec(asked.stdout ?? '') ?? [];
  const [measured, ...others] = list?.split(',').flatMap(coresIn) ?? [];
  return measured === undefined || others.length === 0 ? undefined : { measured, others };
}

/** All threads of a process, and those that they start. */
export function pin(pid: number, cores: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Process ${pid} cannot be bound to a core: ${stderr}`);
}

function coresIn(range: string): number[] {
  const [from, to = from] = range.split('-').map(Number) as [number, number?];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
