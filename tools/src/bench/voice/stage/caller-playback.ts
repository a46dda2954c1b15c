import { FRAME_BYTES, type DecodedWord, SAMPLES_PER_MS, WordDecoder } from '@parley/simulator';

const FRAME_MS = FRAME_BYTES / SAMPLES_PER_MS;
/** Silence of at most this length is a gap in the audio; a longer one is a pause. */
const LONGEST_GAP_MS = 1_000;

export interface CallerPlaybackEvents {
  heard(word: DecodedWord): void;
  gap(ms: number): void;
}

/**
 * Plays the queued audio frame by frame and decodes the words from the played bytes. Gaps are reported but not decoded, so
 * that a word with a gap in it is still recognised.
 */
export class CallerPlayback {
  readonly #reader = new WordDecoder();
  #queue: Uint8Array[] = [];
  #head = 0;
  #queuedBytes = 0;
  #playedBytes = 0;
  #marks: { atByte: number; echo: () => void }[] = [];
  #silentFrames = Infinity;

  constructor(private readonly events: CallerPlaybackEvents) {}

  get queuedMs(): number {
    return this.#queuedBytes / SAMPLES_PER_MS;
  }

  enqueue(audio: Uint8Array): void {
    this.#queue.push(audio);
    this.#queuedBytes += audio.length;
  }

  /** Calls `echo` as soon as all audio queued so far has been played. */
  mark(echo: () => void): void {
    if (this.#queuedBytes === 0) echo();
    else this.#marks.push({ atByte: this.#playedBytes + this.#queuedBytes, echo });
  }

  /** Stops playback at once; a word that is being played is cut. */
  clear(): void {
    this.#playedBytes += this.#queuedBytes;
    this.#queue = [];
    this.#head = 0;
    this.#queuedBytes = 0;
    this.#silentFrames = Infinity;
    for (const word of this.#reader.finish()) this.events.heard(word);
    this.#echoMarks();
  }

  /** Plays the next 20 ms. */
  frame(): void {
    if (this.#queuedBytes === 0) {
      this.#silentFrames += 1;
      return;
    }
    const gapMs = this.#silentFrames * FRAME_MS;
    this.#silentFrames = 0;
    if (gapMs > 0 && gapMs <= LONGEST_GAP_MS) this.events.gap(gapMs);
    let left = Math.min(FRAME_BYTES, this.#queuedBytes);
    while (left > 0) left -= this.#play(left);
    this.#echoMarks();
  }

  #play(most: number): number {
    const first = this.#queue[0]!;
    const piece = first.subarray(this.#head, this.#head + most);
    for (const word of this.#reader.push(piece)) this.events.heard(word);
    this.#head += piece.length;
    this.#queuedBytes -= piece.length;
    this.#playedBytes += piece.length;
    if (this.#head === first.length) {
      this.#queue.shift();
      this.#head = 0;
    }
    return piece.length;
  }

  #echoMarks(): void {
    while (this.#marks[0] && this.#marks[0].atByte <= this.#playedBytes) this.#marks.shift()!.echo();
  }
}
