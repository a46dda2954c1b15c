import { readFileSync, readdirSync } from 'node:fs';

/** The kernel reports CPU time in hundredths of a second on all architectures of Node. */
const MS_PER_TICK = 10;

interface ProcessStat {
  parent: number;
  /** User and system time of the process itself. */
  ownTicks: number;
  /** User and system time of its children that have exited. */
  endedChildrenTicks: number;
}

/** Returns the user and system time of one process, in milliseconds. Linux only. */
export function cpuMsOf(pid: number): number {
  return statOf(pid).ownTicks * MS_PER_TICK;
}

/** Returns the CPU time of a process with all its children, for servers that fork, such as Postgres. */
export function treeCpuMsOf(pid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => liveStatOf(Number(name)) ?? []);
  const children = stats.filter(({ parent }) => parent === pid);
  const root = statOf(pid);
  const ticks = children.reduce(
    (sum, child) => sum + child.ownTicks,
    root.ownTicks + root.endedChildrenTicks,
  );
  return ticks * MS_PER_TICK;
}

function liveStatOf(pid: number): ProcessStat | undefined {
  try {
    return statOf(pid);
  } catch {
    return undefined;
  }
}

/** Parses the fields of proc_pid_stat(5). The second one, the name, may contain spaces and parentheses. */
function statOf(pid: number): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (field: number) => Number(fields[field - 3]);
  return { parent: ticks(4), ownTicks: ticks(14) + ticks(15), endedChildrenTicks: ticks(16) + ticks(17) };
}
