import { parentPort, workerData } from 'node:worker_threads';

/** When texts are due. `startAtMs` is a time of `performance.timeOrigin + performance.now()`. */
export interface PostingPace {
  startAtMs: number;
  intervalMs: number;
  count: number;
}

/**
 * Posts a message when a text is due. A thread that waits is precise to a fraction of a millisecond, unlike a timer.
 */
const { startAtMs, intervalMs, count }: PostingPace = workerData;
const sleepCell = new Int32Array(new SharedArrayBuffer(4));

for (let index = 0; index < count; index++) {
  const waitMs = startAtMs + index * intervalMs - performance.timeOrigin - performance.now();
  if (waitMs > 0) Atomics.wait(sleepCell, 0, 0, waitMs);
  parentPort!.postMessage(index, []);
}
