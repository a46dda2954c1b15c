import { FRAME_BYTES } from '@parley/simulator';

/** The longest end of a turn that is measured, in frames of 20 ms. */
const MAX_FRAMES = 500;

/** When the audio of one call reached its recogniser. The caller's frames arrive in order and none is left out. */
export class RecogniserAudio {
  #bytes = 0;
  /** The arrivals of the newest frames: `#arrivals[0]` is that of frame `#firstFrame`. */
  #arrivals: number[] = [];
  #firstFrame = 0;

  /** Adds one message of audio. */
  push(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    const frames = Math.floor(this.#bytes / FRAME_BYTES);
    while (this.#firstFrame + this.#arrivals.length < frames) this.#arrivals.push(nowMs);
    if (this.#arrivals.length <= 2 * MAX_FRAMES) return;
    this.#firstFrame += this.#arrivals.length - MAX_FRAMES;
    this.#arrivals = this.#arrivals.slice(-MAX_FRAMES);
  }

  /** When each of these frames arrived, from frame `first` on; those that have not arrived are left out. */
  arrivalsFrom(first: number): number[] {
    return this.#arrivals.slice(Math.max(0, first - this.#firstFrame));
  }
}
