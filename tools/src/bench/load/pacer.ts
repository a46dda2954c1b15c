import { parentPort, workerData } from 'node:worker_threads';

/** `startAtMs` by `performance.timeOrigin + performance.now()`. */
export interface Pace {
  startAtMs: number;
  intervalMs: number;
  count: number;
}

/** A thread that says when each request is due: unlike a timer, it wakes to a fraction of a millisecond. */
const { startAtMs, intervalMs, count }: Pace = workerData;
const bed = new Int32Array(new SharedArrayBuffer(4));

for (let index = 0; index < count; index++) {
  const waitMs = startAtMs + index * intervalMs - performance.timeOrigin - performance.now();
  if (waitMs > 0) Atomics.wait(bed, 0, 0, waitMs);
  parentPort!.postMessage(index, []);
}
