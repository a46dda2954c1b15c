import { FRAME_BYTES, MULAW_SILENCE } from '@parley/turn-taking';

/** The audio of one turn, addressed by byte from its start. Audio that was heard can be released. */
export class AudioTrack {
  #pieces: { start: number; audio: Buffer }[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Returns the first byte that is still held. */
  get start(): number {
    return this.#pieces[0]?.start ?? this.#length;
  }

  append(audio: Buffer): void {
    if (audio.length === 0) return;
    this.#pieces.push({ start: this.#length, audio });
    this.#length += audio.length;
  }

  /** Returns a view if the slice lies in one piece and needs no padding; otherwise a copy. */
  slice(from: number, to: number, padBytes: number): Buffer {
    const parts: Buffer[] = [];
    for (const { start, audio } of this.#pieces) {
      if (start + audio.length <= from) continue;
      if (start >= to) break;
      parts.push(audio.subarray(Math.max(0, from - start), to - start));
    }
    if (padBytes > 0) parts.push(Buffer.alloc(Math.min(padBytes, FRAME_BYTES), MULAW_SILENCE));
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Releases the pieces before this byte. */
  forgetBefore(byte: number): void {
    const firstHeld = this.#pieces.findIndex(({ start, audio }) => start + audio.length > byte);
    if (firstHeld > 0) this.#pieces.splice(0, firstHeld);
  }
}
