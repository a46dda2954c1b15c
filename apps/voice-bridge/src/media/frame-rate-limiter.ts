/** The limit is on the rate over some seconds: Twilio sends fifty frames a second, and marks in bursts. */
const MAX_FRAMES_PER_WINDOW = 2_000;
const WINDOW_MS = 10_000;
/**
 * A longer time without a frame means that the network or this process stalled; the missing frames then
 * arrive at once.
 */
const STANDSTILL_MS = 1_000;
/** How many more frames are allowed after a stall: twice Twilio's rate, for a stall of up to a minute. */
const CREDIT_PER_MS = 0.1;
const MAX_CREDIT = 6_000;

/** Distinguishes a flood of frames from a caller whose frames arrive late and all at once. */
export class FrameRateLimiter {
  #frames = 0;
  #credit = 0;
  #stoodStillMs = 0;
  #windowStartMs: number;
  #lastMs: number;

  constructor(nowMs: number) {
    this.#windowStartMs = nowMs;
    this.#lastMs = nowMs;
  }

  /** Counts a frame. Returns false if more arrived than any caller sends. */
  allows(nowMs: number): boolean {
    const sinceLastMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (sinceLastMs >= STANDSTILL_MS) {
      this.#stoodStillMs += sinceLastMs;
      this.#credit = Math.min(MAX_CREDIT, this.#stoodStillMs * CREDIT_PER_MS);
    }
    this.#frames += 1;
    if (this.#frames < MAX_FRAMES_PER_WINDOW + this.#credit) return true;
    const isFlood = nowMs - this.#windowStartMs - this.#stoodStillMs < WINDOW_MS;
    this.#frames = 0;
    this.#credit = 0;
    this.#stoodStillMs = 0;
    this.#windowStartMs = nowMs;
    return !isFlood;
  }
}
