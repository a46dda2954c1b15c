import {
  FRAME_BYTES,
  FRAME_MS,
  type DecodedWord,
  isLoud,
  SAMPLES_PER_MS,
  WordDecoder,
} from '../speech/tone-modem.js';

export interface RecognisedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The result of decoding 20 ms of audio. */
export interface AudioStep {
  /** The end of the step, in milliseconds from the first byte. */
  readonly atMs: number;
  readonly words: readonly RecognisedWord[];
  readonly isLoud: boolean;
  /** The start of the incomplete word, or null. */
  readonly currentWordStartMs: number | null;
}

/** Splits audio of any chunk size into steps of 20 ms and decodes its words. */
export class AudioStepDecoder {
  private readonly reader = new WordDecoder();
  private rest: Uint8Array = new Uint8Array(0);
  private steps = 0;

  push(audio: Uint8Array): AudioStep[] {
    const all = this.rest.length === 0 ? audio : Uint8Array.from([...this.rest, ...audio]);
    const steps: AudioStep[] = [];
    let at = 0;
    for (; at + FRAME_BYTES <= all.length; at += FRAME_BYTES)
      steps.push(this.step(all.subarray(at, at + FRAME_BYTES)));
    this.rest = Uint8Array.from(all.subarray(at));
    return steps;
  }

  private step(frame: Uint8Array): AudioStep {
    const words = this.reader.push(frame).map(recognised);
    this.steps += 1;
    let loud = 0;
    for (let i = 0; i < frame.length; i += 8) if (isLoud(frame[i]!)) loud += 1;
    const { current } = this.reader;
    return {
      atMs: this.steps * FRAME_MS,
      words,
      isLoud: loud >= 4,
      currentWordStartMs: current === undefined ? null : current.start / SAMPLES_PER_MS,
    };
  }
}

/** Transcribes a damaged word as `[cut:…]`, never as the whole word. */
function recognised({ text, start, end, cut }: DecodedWord): RecognisedWord {
  return {
    text: cut ? `[cut:${text}]` : text,
    startMs: start / SAMPLES_PER_MS,
    endMs: end / SAMPLES_PER_MS,
  };
}
