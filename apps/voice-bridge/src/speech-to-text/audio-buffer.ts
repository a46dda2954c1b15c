import { MULAW_BYTES_PER_MS } from '@parley/turn-taking';

const MAX_HELD_BYTES = 5_000 * MULAW_BYTES_PER_MS;

/** Holds the newest 5 s of audio until a recogniser can take it. */
export class AudioBuffer {
  #pieces: Buffer[] = [];
  #bytes = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes > MAX_HELD_BYTES) this.#bytes -= this.#pieces.shift()!.length;
  }

  /** Returns the pieces in the order in which they were pushed. */
  get pieces(): readonly Buffer[] {
    return this.#pieces;
  }

  /** Empties the buffer and returns its pieces. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }
}
