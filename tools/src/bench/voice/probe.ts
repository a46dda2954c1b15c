import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Loaded into a measured program with `node --import`, without a change of its code. SIGWINCH starts to measure the event
 * loop's delay; SIGUSR2 writes a line with the delay since then and the memory in use.
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
  // Node records the interval between two checks, which includes the resolution.
  const ms = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const eventLoop = { p99Ms: ms(delays.percentile(99)), maxMs: ms(delays.max) };
  // The amount of garbage depends more on the machine than on the program, so it is collected first.
  collectGarbage();
  process.stderr.write(`probe ${JSON.stringify({ ...eventLoop, rssBytes: process.memoryUsage.rss() })}\n`);
});
