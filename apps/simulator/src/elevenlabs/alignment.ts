import { SAMPLES_PER_MS, type EncodedSpeech } from '../speech/tone-modem.js';

/** A character of the text and its position in the audio, in samples. */
export interface TimedCharacter {
  readonly character: string;
  readonly start: number;
  readonly end: number;
}

export interface Alignment {
  readonly chars: string[];
  readonly charStartTimesMs: number[];
  readonly charDurationsMs?: number[];
  /** ElevenLabs documents `charDurationsMs` but also sends this name. */
  readonly charsDurationsMs?: number[];
}

/** `restarting` repeats the alignment from character 0 in every chunk; `mixed` alternates the other three. */
export type AlignmentShape = 'plain' | 'restarting' | 'null' | 'mixed';

/** Divides the time of a word evenly among its letters; the space after it gets the pause. */
export function timedCharacters({ audio, words }: EncodedSpeech): TimedCharacter[] {
  return words.flatMap(({ text, start, end }, i) => {
    const letters = Array.from(text);
    const each = (end - start) / letters.length;
    const next = words[i + 1]?.start ?? audio.length;
    return letters
      .map((character, k) => ({ character, start: start + k * each, end: start + (k + 1) * each }))
      .concat({ character: ' ', start: end, end: next });
  });
}

const ms = (samples: number): number => Math.round(samples / SAMPLES_PER_MS);

function alignmentOf(characters: readonly TimedCharacter[], from: number, otherName: boolean): Alignment {
  const durations = characters.map(({ start, end }) => (end <= from ? 0 : ms(end - start)));
  return {
    chars: characters.map(({ character }) => character),
    charStartTimesMs: characters.map(({ start }) => Math.max(0, ms(start - from))),
    ...(otherName ? { charsDurationsMs: durations } : { charDurationsMs: durations }),
  };
}

/** The alignments of one chunk, samples `from` to `to` of a generation. `number` is the index of the chunk. */
export function alignmentsFor(
  characters: readonly TimedCharacter[],
  from: number,
  to: number,
  number: number,
  shape: AlignmentShape,
): { alignment: Alignment | null; normalizedAlignment: Alignment | null } {
  const inTurn = (['plain', 'restarting', 'null'] as const)[number % 3]!;
  const used = shape === 'mixed' ? inTurn : shape;
  if (used === 'null') return { alignment: null, normalizedAlignment: null };
  const otherName = shape === 'mixed' && number % 2 === 1;
  const here = characters.filter(({ start }) => start >= from && start < to);
  const upToHere = characters.filter(({ start }) => start < to);
  const space = { character: ' ', start: from, end: from };
  const normalized = here[0]?.character === ' ' ? here : [space, ...here];
  return {
    alignment: alignmentOf(used === 'restarting' ? upToHere : here, from, otherName),
    normalizedAlignment: alignmentOf(normalized, from, otherName),
  };
}
