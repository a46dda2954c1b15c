import { FRAME_MS } from '@parley/simulator';

/** An object that works in frames of 20 ms. */
export interface FrameDriven {
  frame(dueMs: number): void;
}

/** Triggers the frames of all callers. Each call has its own phase; late frames are sent, not skipped. */
export class FrameClock {
  readonly #ring: { target: FrameDriven; dueMs: number }[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #lateness: number[] | undefined;

  /** Starts the clock, with the phases of the calls spread evenly over 20 ms. */
  start(calls: readonly FrameDriven[]): void {
    const originMs = performance.now() + FRAME_MS;
    this.#ring.push(
      ...calls.map((target, i) => ({ target, dueMs: originMs + (i * FRAME_MS) / calls.length })),
    );
    this.#sleep();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#ring.length = 0;
    this.#next = 0;
  }

  /** Starts to record the delay of each frame. */
  recordLateness(): void {
    this.#lateness = [];
  }

  /** Returns the recorded delays and stops recording. */
  takeLateness(): Float64Array {
    const lateness = Float64Array.from(this.#lateness ?? []);
    this.#lateness = undefined;
    return lateness;
  }

  #sleep(): void {
    const next = this.#ring[this.#next];
    if (!next) return;
    this.#timer = setTimeout(() => this.#sendDueFrames(), Math.max(0, next.dueMs - performance.now()));
  }

  /** Sends at most one frame per call, so that after a stall the received messages are handled between frames. */
  #sendDueFrames(): void {
    const nowMs = performance.now();
    for (let taken = 0; taken < this.#ring.length; taken += 1) {
      const slot = this.#ring[this.#next]!;
      if (slot.dueMs > nowMs) break;
      this.#lateness?.push(performance.now() - slot.dueMs);
      slot.target.frame(slot.dueMs);
      slot.dueMs += FRAME_MS;
      this.#next = (this.#next + 1) % this.#ring.length;
    }
    this.#sleep();
  }
}
