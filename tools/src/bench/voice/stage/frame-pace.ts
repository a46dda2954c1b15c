import { FRAME_MS } from '@parley/simulator';

/** Takes its frames at fixed moments, 20 ms apart. */
export interface Paced {
  frame(dueMs: number): void;
}

/** The callers' clock: each call has a phase of its own, and a frame that is late is sent all the same. */
export class FramePace {
  readonly #ring: { paced: Paced; dueMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #lateness: number[] | undefined;

  /** Calls are spread evenly over the 20 ms. */
  start(calls: readonly Paced[]): void {
    const originMs = performance.now() + FRAME_MS;
    this.#ring.push(...calls.map((paced, i) => ({ paced, dueMs: originMs + (i * FRAME_MS) / calls.length })));
    this.#sleep();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ring.length = 0;
    this.#next = 0;
  }

  /** From now on it is written down how late each frame is. */
  watch(): void {
    this.#lateness = [];
  }

  /** Ends that. */
  lateness(): Float64Array {
    const lateness = Float64Array.from(this.#lateness ?? []);
    this.#lateness = undefined;
    return lateness;
  }

  #sleep(): void {
    const next = this.#ring[this.#next];
    if (!next) return;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, next.dueMs - performance.now()));
  }

  /** At most one frame of each call at a time: after a stall, what came meanwhile is to be read in between. */
  #look(): void {
    const nowMs = performance.now();
    for (let taken = 0; taken < this.#ring.length; taken += 1) {
      const slot = this.#ring[this.#next]!;
      if (slot.dueMs > nowMs) break;
      this.#lateness?.push(performance.now() - slot.dueMs);
      slot.paced.frame(slot.dueMs);
      slot.dueMs += FRAME_MS;
      this.#next = (this.#next + 1) % this.#ring.length;
    }
    this.#sleep();
  }
}
