/** Nothing of this process runs meanwhile, as if it had been stopped by a signal. */
export function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
