import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { hasSound } from './sound.js';
import type { Utterance } from './utterance.js';

/** Characters and when they are said, in milliseconds from the start of the audio they came with. */
export interface CharTimings {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

/** One piece of audio from a voice, with the timings that it reports. */
export interface VoiceChunk {
  readonly audioBytes: number;
  /** Timings of the text as sent. Some models start again at an earlier character with every pass. */
  readonly alignment?: CharTimings | undefined;
  /** Timings of the text as the voice read it: in order, with a space before each chunk. Preferred. */
  readonly normalizedAlignment?: CharTimings | undefined;
}

/** Adds audio in the order received. Offsets count from the audio received so far, never from summed alignments. */
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
  // A pass that begins again counts from where it first began, or passes over what it repeats in no time.
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
  /** With the marks that follow it in its word. */
  wordEndMs: number;
}

/** A punctuation mark belongs to its word for at most so long; the rest of its time is a pause. */
const LONGEST_MARK_MS = 250;

/** Only letters and digits are compared: voices put their own spaces and punctuation between them. */
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

/** Where in the spoken text the letters belong: after the last ones, unless a pass begins a sentence or the text again. */
function positionOf(letters: readonly Letter[], { spoken, timedChars, sentenceStarts }: Utterance): number {
  if (timedChars === 0 || fits(letters, spoken, timedChars)) return timedChars;
  return (
    [0, ...sentenceStarts].findLast((start) => start < timedChars && fits(letters, spoken, start)) ??
    timedChars
  );
}

const countLetters = (text: string, from: number, to: number): number =>
  Array.from(text.slice(from, to)).filter(hasSound).length;

/** How far the search goes if the voice reads a text differently (a number), … */
const MAX_READING_LETTERS = 80;
const MAX_SKIPPED_CHARS = 60;
/** … and how many letters must then agree. */
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
    // What was passed over without being read was said in audio that came without timings.
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

/** Where text and reading agree again, the nearest such position first. */
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

/** Whether the letters are those of the text from here on, as far as both go. */
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
