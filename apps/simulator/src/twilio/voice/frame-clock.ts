import { FRAME_MS } from '../../speech/tone-modem.js';

/** The interval of clock checks: shorter than a frame, because each call has its own phase. */
const CHECK_MS = 5;
/** After a stall longer than this many frames, the older frames are skipped. */
const MAX_LATE_FRAMES = 500;

/** An object that works in frames of 20 ms. */
export interface FrameTarget {
  /** `atMs` is the time at which this frame was due, by `performance.now()`. */
  frame(atMs: number): void;
}

/** One timer for all calls. Deadlines are absolute, so the frames missed in a stall follow at once. */
export class FrameClock {
  private readonly due = new Map<FrameTarget, number>();
  private timer: NodeJS.Timeout | undefined;
  private checkAt = 0;

  /** The first frame is due one frame after `sinceMs`. */
  add(target: FrameTarget, sinceMs: number): void {
    this.due.set(target, sinceMs + FRAME_MS);
    if (this.timer === undefined) this.scheduleCheck();
  }

  remove(target: FrameTarget): void {
    this.due.delete(target);
  }

  /**
   * Runs the due frames of one target before its state is read or changed. The caller passes its own reading of the clock,
   * because time can pass between two readings.
   */
  catchUp(target: FrameTarget, now: number = performance.now()): void {
    const dueAt = this.due.get(target);
    if (dueAt !== undefined) this.run(target, dueAt, now);
  }

  /** How late the next frame is, after a stall of this process. */
  lateMs(target: FrameTarget): number {
    return Math.max(0, performance.now() - (this.due.get(target) ?? Number.POSITIVE_INFINITY));
  }

  clear(): void {
    this.due.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private readonly check = (): void => {
    const lateMs = performance.now() - this.checkAt;
    // After a stall, first handle the messages that arrived during it: they were on time.
    if (lateMs < FRAME_MS) this.runDue();
    else setImmediate(this.runDue);
  };

  private readonly runDue = (): void => {
    const now = performance.now();
    for (const [target, dueAt] of this.due) if (dueAt <= now) this.run(target, dueAt, now);
    this.timer = undefined;
    if (this.due.size > 0) this.scheduleCheck();
  };

  private scheduleCheck(): void {
    clearTimeout(this.timer);
    this.checkAt = performance.now() + CHECK_MS;
    this.timer = setTimeout(this.check, CHECK_MS);
  }

  private run(target: FrameTarget, dueAt: number, now: number): void {
    let at = Math.max(dueAt, now - MAX_LATE_FRAMES * FRAME_MS);
    while (at <= now && this.due.has(target)) {
      this.due.set(target, at + FRAME_MS);
      target.frame(at);
      at += FRAME_MS;
    }
  }
}
