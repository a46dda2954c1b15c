import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a measured program before its own code (`node --import`), which needs to know nothing of it. SIGWINCH
 * begins to watch the event loop; SIGUSR2 writes a line about it since then, and about memory.
 */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

process.on('SIGWINCH', () => {
  delays.reset();
  delays.enable();
});
process.on('SIGUSR2', () => {
  delays.disable();
  // What it records is the time between two looks: the resolution is part of it.
  const ms = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const eventLoop = { p99Ms: ms(delays.percentile(99)), maxMs: ms(delays.max) };
  // What is left is needed: how much garbage lies around says more about the machine than about the program.
  collectGarbage();
  process.stderr.write(`probe ${JSON.stringify({ ...eventLoop, rssBytes: process.memoryUsage.rss() })}\n`);
});
