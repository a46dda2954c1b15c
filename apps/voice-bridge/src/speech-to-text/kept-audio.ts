import { MULAW_BYTES_PER_MS } from '@parley/turn-taking';

const MAX_KEPT_BYTES = 5_000 * MULAW_BYTES_PER_MS;

/** The newest 5 s of audio, while nobody can take it. */
export class KeptAudio {
  #pieces: Buffer[] = [];
  #bytes = 0;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes > MAX_KEPT_BYTES) this.#bytes -= this.#pieces.shift()!.length;
  }

  /** In order. */
  get pieces(): readonly Buffer[] {
    return this.#pieces;
  }

  /** All of it; none is left. */
  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }
}
