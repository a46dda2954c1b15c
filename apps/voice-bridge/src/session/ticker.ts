import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** Well below the half second by which playback is ahead of the caller. */
const TICK_MS = 20;
/** A tick that is later than this means that the process stalled. */
const STALL_MS = 100;

/** Called at every tick. It must not throw. */
export type OnTick = (nowMs: number) => void;

/**
 * The only timer of all calls. Ticks have absolute deadlines on the clock of `performance.now()`, so a late tick does not
 * delay the next ones. After a stall one tick replaces all missed ticks. It runs after the messages that the sockets
 * received during the stall, so that no watchdog mistakes our stall for a vendor's silence.
 */
@Injectable()
export class Ticker implements OnApplicationShutdown {
  readonly #listeners = new Set<OnTick>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  /** Calls the listener at every tick, until the returned function is called. */
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
