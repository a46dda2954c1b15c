import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Inspector } from './inspector.js';

/** What a process holds, with its garbage collected. */
export interface Vitals {
  readonly sockets: number;
  /** Open file descriptors that are no sockets. */
  readonly otherFiles: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Objects by the name of their class. */
  readonly objects: Readonly<Record<string, number>>;
}

/** @param pid of the process that the inspector looks into */
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

/** The lowest of each that was seen: what a moment's work holds is not kept, and what is kept is in all of them. */
export function lowest(one: Vitals, other: Vitals): Vitals {
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
