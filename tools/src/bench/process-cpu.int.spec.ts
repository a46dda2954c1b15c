import { expect, it } from 'vitest';
import { cpuMsOf, treeCpuMsOf } from './process-cpu.js';

it.runIf(process.platform === 'linux')('cpuMsOf and treeCpuMsOf count the CPU time of a process', () => {
  const [own, tree] = [cpuMsOf(process.pid), treeCpuMsOf(process.pid)];
  const before = process.cpuUsage();
  const used = () => (process.cpuUsage(before).user + process.cpuUsage(before).system) / 1_000;
  while (used() < 200);
  expect(cpuMsOf(process.pid) - own).toBeGreaterThanOrEqual(180);
  expect(treeCpuMsOf(process.pid) - tree).toBeGreaterThanOrEqual(180);
});
