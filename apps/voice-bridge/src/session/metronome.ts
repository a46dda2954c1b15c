import { Injectable, type OnApplicationShutdown } from '@nestjs/common';

/** How often playback is looked at: well below the lead that it keeps. */
const BEAT_MS = 20;
/** A beat that is later than this comes after a stall of the process. */
const STALL_MS = 100;

/** Called on every beat. It must not throw. */
export type OnBeat = (nowMs: number) => void;

/**
 * The one timer of all calls. Beats have absolute deadlines on the clock of `performance.now()`: a late one does not
 * push back those that follow, and after a stall one beat stands for all that were missed. It comes after what the sockets
 * received meanwhile: a watchdog must not take our own stall for somebody else's silence.
 */
@Injectable()
export class Metronome implements OnApplicationShutdown {
  readonly #listeners = new Set<OnBeat>();
  #timer: NodeJS.Timeout | undefined;
  #nextMs = 0;

  /** Returns how to stop. */
  onBeat(listener: OnBeat): () => void {
    this.#listeners.add(listener);
    if (!this.#timer) {
      this.#nextMs = performance.now() + BEAT_MS;
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
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, this.#nextMs - performance.now()));
  }

  #beat(): void {
    const isAfterStall = performance.now() - this.#nextMs >= STALL_MS;
    if (isAfterStall) setImmediate(() => this.#tell());
    else this.#tell();
  }

  #tell(): void {
    const nowMs = performance.now();
    for (const listener of this.#listeners) listener(nowMs);
    if (this.#listeners.size === 0) {
      this.#timer = undefined;
      return;
    }
    const missed = Math.floor(Math.max(0, nowMs - this.#nextMs) / BEAT_MS);
    this.#nextMs += (missed + 1) * BEAT_MS;
    this.#arm();
  }
}
