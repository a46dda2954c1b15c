import {
  FRAME_BYTES,
  type DecodedWord,
  SAMPLES_PER_MS,
  SILENT_SAMPLE,
  silentAudio,
  WordDecoder,
} from '../../speech/tone-modem.js';

/** If the queue is empty for at most this time, that is an underrun; a longer silence is a pause. */
const GAP_MS = 1_000;
const SILENT_FRAME = silentAudio(FRAME_BYTES);

/** Called once for each mark, when the audio before it was played or cleared. */
export type MarkEcho = (why: 'played' | 'cleared') => void;

/** Times are in milliseconds since playback started. */
export interface CallerPlaybackEvents {
  heard(word: { text: string; startMs: number; endMs: number; cut: boolean }): void;
  /** Audio begins after silence; `quiet` reports an empty queue. */
  playing(atMs: number): void;
  quiet(atMs: number): void;
  underrun(gap: { atMs: number; missingMs: number; midWord: boolean }): void;
}

/**
 * Plays the queued audio to the caller in real time, in frames of 20 ms, and decodes the words from exactly the bytes that
 * were played. Frame n begins at 20·n ms.
 */
export class CallerPlayback {
  private readonly reader = new WordDecoder();
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

  constructor(private readonly events: CallerPlaybackEvents) {}

  get playing(): boolean {
    return this.isPlaying;
  }

  /** Length of the audio that waits in the queue. */
  get queuedMs(): number {
    return this.queuedBytes / SAMPLES_PER_MS;
  }

  /** The frame that is being played. */
  get frameSounding(): Uint8Array {
    return this.sounding;
  }

  enqueue(audio: Uint8Array): void {
    if (audio.length === 0) return;
    this.queue.push(audio);
    this.queuedBytes += audio.length;
  }

  /** Calls `echo` as soon as all audio queued before it has been played. */
  mark(echo: MarkEcho): void {
    const at = this.takenBytes + this.queuedBytes;
    if (this.queuedBytes === 0 && this.soundingBytes === 0) echo('played');
    else this.marks.push({ at, echo });
  }

  /** Stops playback at once, within a frame, and echoes all waiting marks. Returns the unplayed milliseconds. */
  clear(nowMs: number): number {
    const playedBytes = Math.min(
      this.soundingBytes,
      Math.max(0, Math.floor((nowMs - this.soundingSince) * SAMPLES_PER_MS)),
    );
    const unplayed = this.queuedBytes + this.soundingBytes - playedBytes;
    if (playedBytes < this.soundingBytes) {
      this.sounding = Uint8Array.from(this.sounding).fill(SILENT_SAMPLE, playedBytes);
      this.soundingBytes = playedBytes;
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

  /** Ends the current frame and begins the next. */
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

  /** Ends playback; a word that is being played is cut. */
  close(): void {
    this.finishFrame();
    this.reportWords(this.reader.finish());
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
    // Nothing was played before the first tick.
    if (this.frames > 0) this.reportWords(this.reader.push(this.sounding));
    while (this.marks.length > 0 && this.marks[0]!.at <= this.takenBytes) this.marks.shift()!.echo('played');
    this.soundingBytes = 0;
  }

  private take(bytes: number): Uint8Array {
    const frame = bytes === FRAME_BYTES ? new Uint8Array(FRAME_BYTES) : silentAudio(FRAME_BYTES);
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

  private reportWords(words: readonly DecodedWord[]): void {
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
