/** The most messages at once: people may send several short ones. */
const BURST = 10;
const PER_MS = 1 / 1_000;

/** Bounds how fast messages arrive: a bucket that fills by one each second. */
export class MessageRate {
  #left = BURST;

  constructor(private lastMs: number) {}

  /** Counts a message. Returns false if it arrived too soon. */
  allows(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Whether as many messages are allowed as after a long silence. */
  isFull(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#left === BURST;
  }

  #fill(nowMs: number): void {
    this.#left = Math.min(BURST, this.#left + (nowMs - this.lastMs) * PER_MS);
    this.lastMs = nowMs;
  }
}
