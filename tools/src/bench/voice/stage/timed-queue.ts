/** Runs actions at their times, and in the order in which they were added even when the process is late. */
export class TimedQueue {
  #waiting: { atMs: number; act: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  at(atMs: number, act: () => void): void {
    this.#waiting.push({ atMs, act });
    if (!this.#timer) this.#run();
  }

  #run(): void {
    this.#timer = undefined;
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#run(), waitMs);
        return;
      }
      this.#waiting.shift();
      next.act();
    }
  }
}
