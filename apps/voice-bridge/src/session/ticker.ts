import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** Well below the lead of playback. */
const TICK_MS = 20;
/** A tick that is later than this follows a stall of the process. */
const STALL_MS = 100;

/** Called at every tick. It must not throw. */
export type OnTick = (nowMs: number) => void;

/**
 * The one timer of all calls. Ticks have absolute deadlines on the clock of `performance.now()`: a late tick does not delay
 * those that follow. After a stall one tick stands for all that were missed, and it comes after the messages that the sockets
 * received meanwhile, so that no watchdog takes our own stall for a vendor's silence.
 */
@Injectable()
export class Ticker implements OnApplicationShutdown {
  readonly #listeners = new Set<OnTick>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  /** Returns the function that stops it. */
  onTick(listener: OnTick): () => void {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#nextMs = performance.now() + TICK_MS;
      this.#arm();
    }
    return () => this.#listeners.delete(listener);
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#nextMs - performance.now()));
  }

  #tick(): void {
    const isAfterStall = performance.now() - this.#nextMs >= STALL_MS;
    if (isAfterStall) setImmediate(() => this.#notify());
    else this.#notify();
  }

  #notify(): void {
    const nowMs = performance.now();
    for (const listener of this.#listeners) listener(nowMs);
    if (this.#listeners.size === 0) {
      this.#timer = undefined;
      return;
    }
    const missed = Math.floor(Math.max(0, nowMs - this.#nextMs) / TICK_MS);
    this.#nextMs += (missed + 1) * TICK_MS;
    this.#arm();
  }
}
