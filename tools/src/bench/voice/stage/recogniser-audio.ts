import { FRAME_BYTES } from '@parley/simulator';

/** Arrival times of this many frames of 20 ms are held: the longest end of a turn that can be measured. */
const MAX_FRAMES = 500;

/** Records when the audio of one call reached its recogniser. Frames arrive in order and without gaps. */
export class RecogniserAudio {
  #bytes = 0;
  /** Arrival times of the newest frames; `#arrivals[0]` is that of frame `#firstFrame`. */
  #arrivals: number[] = [];
  #firstFrame = 0;

  /** Records one audio message. */
  push(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    const frames = Math.floor(this.#bytes / FRAME_BYTES);
    while (this.#firstFrame + this.#arrivals.length < frames) this.#arrivals.push(nowMs);
    if (this.#arrivals.length <= 2 * MAX_FRAMES) return;
    this.#firstFrame += this.#arrivals.length - MAX_FRAMES;
    this.#arrivals = this.#arrivals.slice(-MAX_FRAMES);
  }

  /** Returns the arrival times of the frames from `first` on that have arrived. */
  arrivalsFrom(first: number): number[] {
    return this.#arrivals.slice(Math.max(0, first - this.#firstFrame));
  }
}
