import {
  FRAME_BYTES,
  FRAME_MS,
  noiseAudio,
  SAMPLES_PER_MS,
  silentAudio,
  encodeSpeech,
} from '../../speech/tone-modem.js';

const SILENT_FRAME = silentAudio(FRAME_BYTES);

/** One utterance of the caller; times are relative to the start of the call, null until it is spoken. */
export interface CallerUtterance {
  readonly text: string;
  startMs: number | null;
  endMs: number | null;
  words: { text: string; startMs: number; endMs: number }[];
  /** False if `hush` or the end of the call stopped the utterance. */
  completed: boolean;
}

interface QueuedUtterance {
  readonly audio: Uint8Array;
  readonly words: readonly { text: string; start: number; end: number }[];
  readonly record: CallerUtterance;
  readonly done: (record: CallerUtterance) => void;
  spoken: number;
}

export interface CallerSpeechEvents {
  started(record: CallerUtterance): void;
  ended(record: CallerUtterance): void;
}

/** Speaks the caller's utterances one after the other as frames of 20 ms, with silence between them. */
export class CallerSpeech {
  private utterances: QueuedUtterance[] = [];
  private isClosed = false;

  constructor(private readonly events: CallerSpeechEvents) {}

  get speaking(): string | null {
    const [now] = this.utterances;
    return now !== undefined && now.spoken > 0 ? now.record.text : null;
  }

  say(text: string, pace: number): Promise<CallerUtterance> {
    const { audio, words } = encodeSpeech(text, pace);
    return this.add(text, audio.subarray(0, words.at(-1)?.end ?? 0), words);
  }

  makeNoise(ms: number): Promise<CallerUtterance> {
    return this.add('', noiseAudio(ms * SAMPLES_PER_MS, ms), []);
  }

  /** Stops speaking at once and drops the queued utterances. */
  hush(): void {
    const stopped = this.utterances;
    this.utterances = [];
    for (const queued of stopped) {
      if (queued.spoken > 0) this.finish(queued, false);
      else queued.done(queued.record);
    }
  }

  close(): void {
    this.isClosed = true;
    this.hush();
  }

  /** Returns the caller's audio of the 20 ms before `nowMs`. */
  frame(nowMs: number): Uint8Array {
    const queued = this.utterances[0];
    if (!queued) return SILENT_FRAME;
    if (queued.spoken === 0) {
      const startMs = nowMs - FRAME_MS;
      queued.record.startMs = startMs;
      queued.record.words = queued.words.map(({ text, start, end }) => ({
        text,
        startMs: startMs + start / SAMPLES_PER_MS,
        endMs: startMs + end / SAMPLES_PER_MS,
      }));
      this.events.started(queued.record);
    }
    const piece = queued.audio.subarray(queued.spoken, queued.spoken + FRAME_BYTES);
    queued.spoken += piece.length;
    if (queued.spoken >= queued.audio.length) {
      this.utterances.shift();
      this.finish(queued, true);
    }
    if (piece.length === FRAME_BYTES) return piece;
    const frame = silentAudio(FRAME_BYTES);
    frame.set(piece);
    return frame;
  }

  private add(text: string, audio: Uint8Array, words: QueuedUtterance['words']): Promise<CallerUtterance> {
    const record: CallerUtterance = { text, startMs: null, endMs: null, words: [], completed: false };
    if (this.isClosed || audio.length === 0) return Promise.resolve(record);
    return new Promise((done) => this.utterances.push({ audio, words, record, done, spoken: 0 }));
  }

  private finish(queued: QueuedUtterance, completed: boolean): void {
    const { record } = queued;
    record.completed = completed;
    record.endMs = (record.startMs ?? 0) + queued.spoken / SAMPLES_PER_MS;
    record.words = record.words.filter((word) => word.endMs <= record.endMs!);
    this.events.ended(record);
    queued.done(record);
  }
}
