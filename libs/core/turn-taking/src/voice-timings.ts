import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { hasSound } from './sound.js';
import type { Utterance } from './utterance.js';

/** Characters and their times, in milliseconds from the start of their audio chunk. */
export interface CharTimings {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

/** One piece of audio from a voice, with the timings that it reports. */
export interface VoiceChunk {
  readonly audioBytes: number;
  /** Timings of the text that was sent to the voice. Some models start again at an earlier character in each pass. */
  readonly alignment?: CharTimings | undefined;
  /** Timings of the text as the voice read it, in order, with a space before each chunk. Preferred over `alignment`. */
  readonly normalizedAlignment?: CharTimings | undefined;
}

/**
 * Adds audio in the order received. Offsets count from the audio received so far, because the times of the alignments
 * do not add up to its length.
 */
export function addAudio(utterance: Utterance, chunk: VoiceChunk): Utterance {
  const timed = withTimings(utterance, chunk);
  return { ...timed, audioBytes: utterance.audioBytes + chunk.audioBytes };
}

function withTimings(utterance: Utterance, { alignment, normalizedAlignment }: VoiceChunk): Utterance {
  const timings = [normalizedAlignment, alignment].find((one) => one !== undefined && one.chars.length > 0);
  if (timings === undefined) return utterance;
  const audioMs = utterance.audioBytes / MULAW_BYTES_PER_MS;
  const letters = lettersOf(timings);
  const from = positionOf(letters, utterance);
  if (from === utterance.timedChars) return timeLetters(utterance, letters, from, audioMs);
  // In a second pass, the repeated characters have their first times again, or no duration.
  const repeated = countLetters(utterance.spoken, from, utterance.timedChars);
  const hasRepeated = letters.slice(0, repeated).some(({ endMs }) => endMs > 0);
  const firstMs = utterance.times[nextLetter(utterance.spoken, from)]?.startMs ?? 0;
  const baseMs = hasRepeated ? firstMs - letters[0]!.startMs : audioMs;
  return timeLetters(utterance, letters.slice(repeated), utterance.timedChars, baseMs);
}

interface Letter {
  readonly char: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The end of the letter and of the punctuation after it in the same word. */
  wordEndMs: number;
}

/** At most this much of a punctuation character's time counts as its word; the rest is a pause. */
const LONGEST_MARK_MS = 250;

/** Returns only letters and digits to compare, because voices put their own spaces and punctuation between them. */
function lettersOf({ chars, startsMs, durationsMs }: CharTimings): Letter[] {
  const letters: Letter[] = [];
  let isInWord = false;
  for (const [i, char] of chars.entries()) {
    const startMs = startsMs[i] ?? 0;
    const endMs = startMs + (durationsMs[i] ?? 0);
    const last = letters.at(-1);
    if (hasSound(char)) letters.push({ char, startMs, endMs, wordEndMs: endMs });
    else if (isInWord && last && char.trim() !== '')
      last.wordEndMs = Math.min(endMs, last.endMs + LONGEST_MARK_MS);
    isInWord = char.trim() !== '';
  }
  return letters;
}

/**
 * Returns where in the spoken text these letters stand: after the letters before, or, if the voice begins again, at the
 * start of a sentence or of the text.
 */
function positionOf(letters: readonly Letter[], { spoken, timedChars, sentenceStarts }: Utterance): number {
  if (timedChars === 0 || fits(letters, spoken, timedChars)) return timedChars;
  return (
    [0, ...sentenceStarts].findLast((start) => start < timedChars && fits(letters, spoken, start)) ??
    timedChars
  );
}

const countLetters = (text: string, from: number, to: number): number =>
  Array.from(text.slice(from, to)).filter(hasSound).length;

/** How many letters of the voice's reading the search may skip: a number that is read in words has many. */
const MAX_READING_LETTERS = 80;
const MAX_SKIPPED_CHARS = 60;
/** The search accepts a position only if this many letters match the text there. */
const AGREEING_LETTERS = 6;

function timeLetters(
  utterance: Utterance,
  letters: readonly Letter[],
  from: number,
  baseMs: number,
): Utterance {
  const { spoken } = utterance;
  const times = [...utterance.times];
  let position = nextLetter(spoken, from);
  for (let i = 0; i < letters.length && position < spoken.length;) {
    const next = isSame(letters[i]!, spoken, position)
      ? { i: i + 1, position: position + 1 }
      : findAgain(letters, i, spoken, position);
    if (next === undefined) break;
    // Skipped text gets the time of the letters that were read for it; if there are none, it was said in audio without
    // timings.
    const last = letters[next.i - 1];
    if (next.i > i && last !== undefined) {
      const time = { startMs: baseMs + letters[i]!.startMs, endMs: baseMs + last.wordEndMs };
      for (let at = position; at < next.position; at++) times[at] = time;
    }
    i = next.i;
    position = nextLetter(spoken, next.position);
  }
  return { ...utterance, times, timedChars: Math.max(utterance.timedChars, position) };
}

/** Returns the nearest position at which the text and the voice's reading agree again. */
function findAgain(
  letters: readonly Letter[],
  i: number,
  spoken: string,
  position: number,
): { i: number; position: number } | undefined {
  for (let distance = 1; distance <= MAX_READING_LETTERS + MAX_SKIPPED_CHARS; distance++) {
    for (let skipped = Math.min(distance, MAX_SKIPPED_CHARS); skipped >= 0; skipped--) {
      const read = distance - skipped;
      const there = nextLetter(spoken, position + skipped);
      const rest = letters.slice(i + read, i + read + AGREEING_LETTERS);
      if (there === position + skipped && rest.length > 0 && fits(rest, spoken, there))
        return { i: i + read, position: there };
    }
  }
  return undefined;
}

/** Whether the letters equal those of the text from this position on, up to the end of the shorter one. */
function fits(letters: readonly Letter[], spoken: string, from: number): boolean {
  let position = nextLetter(spoken, from);
  if (position >= spoken.length) return false;
  for (const letter of letters) {
    if (position >= spoken.length) return false;
    if (!isSame(letter, spoken, position)) return false;
    position = nextLetter(spoken, position + 1);
  }
  return true;
}

const isSame = ({ char }: Letter, spoken: string, position: number): boolean =>
  char.toLowerCase() === spoken.charAt(position).toLowerCase();

function nextLetter(text: string, from: number): number {
  let at = from;
  while (at < text.length && !hasSound(text.charAt(at))) at += 1;
  return at;
}
