import { readFileSync, readdirSync } from 'node:fs';

/** The kernel counts in hundredths of a second towards programs, on every architecture that Node runs on. */
const MS_PER_TICK = 10;

interface ProcessStat {
  parent: number;
  /** User and system time of the process itself. */
  ownTicks: number;
  /** The same of its children that have ended and were waited for. */
  endedChildrenTicks: number;
}

/** CPU time of one process up to now, in milliseconds, user and system. Linux only. */
export function cpuMsOf(pid: number): number {
  return statOf(pid).ownTicks * MS_PER_TICK;
}

/** The same of a process with all its children, dead or alive: for a server that forks, as Postgres. */
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

/** Fields as in proc_pid_stat(5); the second one, the name, may hold spaces and parentheses. */
function statOf(pid: number): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = (field: number) => Number(fields[field - 3]);
  return { parent: ticks(4), ownTicks: ticks(14) + ticks(15), endedChildrenTicks: ticks(16) + ticks(17) };
}
