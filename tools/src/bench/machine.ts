import { cpus, totalmem } from 'node:os';

/** Describes the machine for the caption of a table, because figures of different machines are not comparable. */
export function machineDescription(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown';
  return `${cores.length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Node ${process.versions.node}`;
}
