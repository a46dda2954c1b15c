import {
  FRAME_BYTES,
  type HeardWord,
  SAMPLES_PER_MS,
  SILENCE,
  silence,
  WordReader,
} from '../../speech/tone-modem.js';

/** A queue that ran dry and fills up again within this time had a gap. */
const GAP_MS = 1_000;
const SILENT_FRAME = silence(FRAME_BYTES);

export type MarkEcho = (why: 'played' | 'cleared') => void;

/** What becomes audible, in milliseconds since the ear opened. */
export interface EarEvents {
  heard(word: { text: string; startMs: number; endMs: number; cut: boolean }): void;
  /** Audio after silence, and nothing more to play. */
  playing(atMs: number): void;
  quiet(atMs: number): void;
  underrun(gap: { atMs: number; missingMs: number; midWord: boolean }): void;
}

/**
 * The caller's ear: plays what is queued at the speed of time, 20 ms a frame, and reads the words out of exactly the
 * bytes that were played. Frame n sounds from 20·n ms on.
 */
export class Ear {
  private readonly reader = new WordReader();
  private queue: Uint8Array[] = [];
  private head = 0;
  private queuedBytes = 0;
  private takenBytes = 0;
  private marks: { at: number; echo: MarkEcho }[] = [];
  private sounding: Uint8Array = SILENT_FRAME;
  private soundingBytes = 0;
  private soundingSince = 0;
  private frames = 0;
  private isPlaying = false;
  private dry: { atMs: number; midWord: boolean } | undefined;

  constructor(private readonly events: EarEvents) {}

  get playing(): boolean {
    return this.isPlaying;
  }

  /** What is queued and not yet taken to be played. */
  get queuedMs(): number {
    return this.queuedBytes / SAMPLES_PER_MS;
  }

  /** The frame that is sounding. */
  get frameSounding(): Uint8Array {
    return this.sounding;
  }

  enqueue(audio: Uint8Array): void {
    if (audio.length === 0) return;
    this.queue.push(audio);
    this.queuedBytes += audio.length;
  }

  /** Echoed as soon as everything queued before it was played. */
  mark(echo: MarkEcho): void {
    const at = this.takenBytes + this.queuedBytes;
    if (this.queuedBytes === 0 && this.soundingBytes === 0) echo('played');
    else this.marks.push({ at, echo });
  }

  /** Stops at once, in mid-frame; all marks that wait are echoed. Answers what was not played. */
  clear(nowMs: number): number {
    const keep = Math.min(
      this.soundingBytes,
      Math.max(0, Math.floor((nowMs - this.soundingSince) * SAMPLES_PER_MS)),
    );
    const unplayed = this.queuedBytes + this.soundingBytes - keep;
    if (keep < this.soundingBytes) {
      this.sounding = Uint8Array.from(this.sounding).fill(SILENCE, keep);
      this.soundingBytes = keep;
    }
    this.takenBytes += this.queuedBytes;
    this.queue = [];
    this.head = 0;
    this.queuedBytes = 0;
    this.dry = undefined;
    const marks = this.marks;
    this.marks = [];
    for (const { echo } of marks) echo('cleared');
    return unplayed / SAMPLES_PER_MS;
  }

  /** The frame that was sounding is over, the next one begins. */
  frame(nowMs: number): void {
    this.finishFrame();
    this.frames += 1;
    const bytes = Math.min(FRAME_BYTES, this.queuedBytes);
    this.sounding = bytes === 0 ? SILENT_FRAME : this.take(bytes);
    this.soundingBytes = bytes;
    this.soundingSince = nowMs;
    const atMs = this.frames * (FRAME_BYTES / SAMPLES_PER_MS);
    if (bytes > 0) this.startPlaying(atMs);
    else if (this.isPlaying) {
      this.isPlaying = false;
      this.dry = { atMs, midWord: this.reader.current !== undefined };
      this.events.quiet(atMs);
    }
  }

  /** Nobody listens any more: a word that was sounding is cut. */
  close(): void {
    this.finishFrame();
    this.tell(this.reader.finish());
    this.queue = [];
    this.queuedBytes = 0;
    this.marks = [];
  }

  private startPlaying(atMs: number): void {
    if (this.isPlaying) return;
    this.isPlaying = true;
    const dry = this.dry;
    this.dry = undefined;
    if (dry && atMs - dry.atMs <= GAP_MS) {
      this.events.underrun({ atMs: dry.atMs, missingMs: atMs - dry.atMs, midWord: dry.midWord });
    }
    this.events.playing(atMs);
  }

  private finishFrame(): void {
    // The first frame begins with the first tick: before it nothing sounded.
    if (this.frames > 0) this.tell(this.reader.push(this.sounding));
    while (this.marks.length > 0 && this.marks[0]!.at <= this.takenBytes) this.marks.shift()!.echo('played');
    this.soundingBytes = 0;
  }

  private take(bytes: number): Uint8Array {
    const frame = bytes === FRAME_BYTES ? new Uint8Array(FRAME_BYTES) : silence(FRAME_BYTES);
    for (let filled = 0; filled < bytes;) {
      const first = this.queue[0]!;
      const length = Math.min(bytes - filled, first.length - this.head);
      frame.set(first.subarray(this.head, this.head + length), filled);
      filled += length;
      this.head += length;
      if (this.head < first.length) continue;
      this.queue.shift();
      this.head = 0;
    }
    this.queuedBytes -= bytes;
    this.takenBytes += bytes;
    return frame;
  }

  private tell(words: readonly HeardWord[]): void {
    const firstFrameMs = FRAME_BYTES / SAMPLES_PER_MS;
    for (const { text, start, end, cut } of words) {
      this.events.heard({
        text,
        startMs: firstFrameMs + start / SAMPLES_PER_MS,
        endMs: firstFrameMs + end / SAMPLES_PER_MS,
        cut,
      });
    }
  }
}
