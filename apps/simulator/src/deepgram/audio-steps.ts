import {
  FRAME_BYTES,
  FRAME_MS,
  type HeardWord,
  isLoud,
  SAMPLES_PER_MS,
  WordReader,
} from '../speech/tone-modem.js';

export interface RecognisedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** What 20 ms of audio brought. */
export interface AudioStep {
  /** End of the step, since the first byte. */
  readonly atMs: number;
  readonly words: readonly RecognisedWord[];
  readonly isLoud: boolean;
  /** Start of the word that is being said. */
  readonly wordSinceMs: number | null;
}

/** Cuts audio that comes in pieces of any size into steps of 20 ms, and reads it. */
export class AudioSteps {
  private readonly reader = new WordReader();
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
      wordSinceMs: current === undefined ? null : current.start / SAMPLES_PER_MS,
    };
  }
}

/** A damaged word is transcribed as such, and never as the word it was. */
function recognised({ text, start, end, cut }: HeardWord): RecognisedWord {
  return {
    text: cut ? `[cut:${text}]` : text,
    startMs: start / SAMPLES_PER_MS,
    endMs: end / SAMPLES_PER_MS,
  };
}
