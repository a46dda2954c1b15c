import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Inspector } from './inspector.js';

/** The resources of a process after a garbage collection. */
export interface Vitals {
  readonly sockets: number;
  /** Open file descriptors except sockets. */
  readonly otherFiles: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Objects by the name of their class. */
  readonly objects: Readonly<Record<string, number>>;
}

/** Reads the vitals of the inspected process. `pid` must be its process id. */
export async function readVitals(inspector: Inspector, pid: number): Promise<Vitals> {
  await inspector.collectGarbage();
  const objects = await inspector.census();
  const heapBytes = await inspector.evaluate<number>('process.memoryUsage().heapUsed');
  const files = openFiles(pid);
  const sockets = files.filter((file) => file.startsWith('socket:')).length;
  return { sockets, otherFiles: files.length - sockets, heapBytes, rssBytes: rssBytesOf(pid), objects };
}

function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((file) => {
    try {
      return [readlinkSync(`${folder}/${file}`)];
    } catch {
      return [];
    }
  });
}

export function rssBytesOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Returns the lower value of each count: a leak is in both readings, and work in progress only in one. */
export function lowestVitals(one: Vitals, other: Vitals): Vitals {
  const names = Object.keys(one.objects).filter((name) => name in other.objects);
  return {
    sockets: Math.min(one.sockets, other.sockets),
    otherFiles: Math.min(one.otherFiles, other.otherFiles),
    heapBytes: Math.min(one.heapBytes, other.heapBytes),
    rssBytes: Math.min(one.rssBytes, other.rssBytes),
    objects: Object.fromEntries(
      names.map((name) => [name, Math.min(one.objects[name]!, other.objects[name]!)]),
    ),
  };
}
