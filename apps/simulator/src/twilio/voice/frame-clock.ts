import { FRAME_MS } from '../../speech/tone-modem.js';

/** Between two looks at the clock: calls start at different moments and keep their phase. */
const LOOK_MS = 5;
/** After a longer stall of this process the frames that are due are given up. */
const MAX_LATE_FRAMES = 500;

/** Something that does its work in frames of 20 ms. */
export interface Framed {
  /** `atMs`: when this frame was due, on the clock of `performance.now()`. */
  frame(atMs: number): void;
}

/** One timer for all calls. Deadlines are absolute: after a stall the missed frames follow at once, none is lost. */
export class FrameClock {
  private readonly due = new Map<Framed, number>();
  private timer: NodeJS.Timeout | undefined;
  private lookAt = 0;

  /** The first frame is due one frame after `sinceMs`. */
  add(framed: Framed, sinceMs: number): void {
    this.due.set(framed, sinceMs + FRAME_MS);
    if (this.timer === undefined) this.lookSoon();
  }

  remove(framed: Framed): void {
    this.due.delete(framed);
  }

  /**
   * Brings one of them up to now, before something reads or changes its state at that moment: one reading of the clock for
   * both, since a busy machine may stop between two.
   */
  catchUp(framed: Framed, now: number = performance.now()): void {
    const dueAt = this.due.get(framed);
    if (dueAt !== undefined) this.run(framed, dueAt, now);
  }

  /** How late the next frame is: this process was stalled, or had no time to look. */
  lateMs(framed: Framed): number {
    return Math.max(0, performance.now() - (this.due.get(framed) ?? Number.POSITIVE_INFINITY));
  }

  clear(): void {
    this.due.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly look = (): void => {
    const lateMs = performance.now() - this.lookAt;
    // After a stall of this process, what came meanwhile is read first: it did not come late.
    if (lateMs < FRAME_MS) this.runDue();
    else setImmediate(this.runDue);
  };

  private readonly runDue = (): void => {
    const now = performance.now();
    for (const [framed, dueAt] of this.due) if (dueAt <= now) this.run(framed, dueAt, now);
    this.timer = undefined;
    if (this.due.size > 0) this.lookSoon();
  };

  private lookSoon(): void {
    clearTimeout(this.timer);
    this.lookAt = performance.now() + LOOK_MS;
    this.timer = setTimeout(this.look, LOOK_MS);
  }

  private run(framed: Framed, dueAt: number, now: number): void {
    let at = Math.max(dueAt, now - MAX_LATE_FRAMES * FRAME_MS);
    while (at <= now && this.due.has(framed)) {
      this.due.set(framed, at + FRAME_MS);
      framed.frame(at);
      at += FRAME_MS;
    }
  }
}
