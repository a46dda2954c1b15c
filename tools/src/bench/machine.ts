import { cpus, totalmem } from 'node:os';

/** The machine, as a table's caption: numbers from another one are not to be compared with these. */
export function machineDescription(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim().replaceAll(/\s+/g, ' ') ?? 'unknown';
  return `${cores.length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Node ${process.versions.node}`;
}
