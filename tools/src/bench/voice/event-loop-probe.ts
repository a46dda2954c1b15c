import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a measured program before its own code (`node --import`): on SIGUSR2 it writes one line about its event
 * loop since the last one. The program itself needs to know nothing of it.
 */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
process.on('SIGUSR2', () => {
  // What it records is the time between two looks: the resolution is part of it.
  const ms = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const line = { p50Ms: ms(delays.percentile(50)), p99Ms: ms(delays.percentile(99)), maxMs: ms(delays.max) };
  process.stderr.write(`event-loop ${JSON.stringify(line)}\n`);
  delays.reset();
});
