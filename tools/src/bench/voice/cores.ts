import { spawnSync } from 'node:child_process';

/** The core of the measured programs, and the cores of everything else. */
export interface Cores {
  measured: number;
  others: readonly number[];
}

/**
 * Chooses the first core for the measured programs. Returns undefined on a machine with one core or without `taskset`.
 */
export function chooseCores(): Cores | undefined {
  const asked = spawnSync('taskset', ['-c', '-p', String(process.pid)], { encoding: 'utf8' });
  const [, list] = /affinity list: ([\d,-]+)/.exec(asked.stdout ?? '') ?? [];
  const [measured, ...others] = list?.split(',').flatMap(parseCoreRange) ?? [];
  return measured === undefined || others.length === 0 ? undefined : { measured, others };
}

/** Binds all threads of a process, and the threads they start, to these cores. */
export function pinToCores(pid: number, cores: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', cores.join(','), String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Could not bind process ${pid} to a core: ${stderr}`);
}

function parseCoreRange(range: string): number[] {
  const [from, to = from] = range.split('-').map(Number) as [number, number?];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
