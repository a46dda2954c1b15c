import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { toSpeech, type SpeechSpan } from './speech-text.js';

/** Characters and when they are said, in milliseconds from the start of the audio they came with. */
export interface CharTimings {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

/** One piece of audio as a voice delivers it, with what it claims about the timing. */
export interface VoiceChunk {
  readonly audioBytes: number;
  /** Of the text as it was sent. Some models begin again at an earlier character with every pass. */
  readonly alignment?: CharTimings | undefined;
  /** Of the text as the voice read it: in order, with a space before each chunk. Preferred. */
  readonly normalizedAlignment?: CharTimings | undefined;
}

/** A spoken word and its place in the turn's audio. */
export interface SpokenWord {
  readonly text: string;
  /** Its place in the spoken text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** All that one turn says: as written, as spoken, and what is known of where it lies in the audio. */
export interface Utterance {
  /** A language tag such as `en-US`. */
  readonly language: string;
  readonly written: string;
  readonly spoken: string;
  readonly spans: readonly SpeechSpan[];
  /** Where in `spoken` each sentence begins. */
  readonly sentenceStarts: readonly number[];
  readonly audioBytes: number;
  readonly isAudioComplete: boolean;
  /** By character of `spoken`; undefined where no voice has timed it. */
  readonly times: readonly (CharTime | undefined)[];
  /** How far into `spoken` the timings have come. */
  readonly timedChars: number;
  /** How much at the beginning of `spoken` is no part of what was written. */
  readonly asideChars: number;
}

interface CharTime {
  readonly startMs: number;
  readonly endMs: number;
}

/** Words that nobody timed are taken to be spoken at this rate until the audio's length is known. */
const USUAL_CHAR_MS = 65;

export function newUtterance(language: string): Utterance {
  return {
    language,
    written: '',
    spoken: '',
    spans: [],
    sentenceStarts: [],
    audioBytes: 0,
    isAudioComplete: false,
    times: [],
    timedChars: 0,
    asideChars: 0,
  };
}

/** Adds what is said before the text, and is no part of it. `toSay` as with a sentence. */
export function addAside(utterance: Utterance, text: string): { utterance: Utterance; toSay: string } {
  if (utterance.written !== '') throw new RangeError('an aside comes before the text');
  const { utterance: said, toSay } = addSentence(utterance, `${text.trim()} `);
  const { written, spans } = utterance;
  return { utterance: { ...said, written, spans, asideChars: said.spoken.length }, toSay };
}

/** Where in the audio the text itself begins, as far as that is known; 0 without an aside. */
export function asideMs(utterance: Utterance): number {
  if (utterance.asideChars === 0) return 0;
  return wordsOf(utterance).findLast(({ end }) => end <= utterance.asideChars)?.endMs ?? 0;
}

/** Adds a sentence. `toSay` is what the voice gets; without a sound in it (a line of Markdown) it is empty. */
export function addSentence(utterance: Utterance, sentence: string): { utterance: Utterance; toSay: string } {
  const { spoken, spans } = toSpeech(sentence, utterance.language);
  const spokenAt = utterance.spoken.length;
  const writtenAt = utterance.written.length;
  const moved = spans.map((span) => ({
    spokenStart: span.spokenStart + spokenAt,
    spokenEnd: span.spokenEnd + spokenAt,
    writtenStart: span.writtenStart + writtenAt,
    writtenEnd: span.writtenEnd + writtenAt,
  }));
  return {
    utterance: {
      ...utterance,
      written: utterance.written + sentence,
      spoken: utterance.spoken + spoken,
      spans: [...utterance.spans, ...moved],
      sentenceStarts: [...utterance.sentenceStarts, spokenAt],
    },
    toSay: /[\p{L}\p{N}]/u.test(spoken) ? spoken : '',
  };
}

/** Adds audio in the order received. Offsets count from the audio received so far, never from summed alignments. */
export function addAudio(utterance: Utterance, chunk: VoiceChunk): Utterance {
  const timed = withTimings(utterance, chunk);
  return { ...timed, audioBytes: utterance.audioBytes + chunk.audioBytes };
}

/** No more audio follows: words without timings are spread over what there is. */
export const completeAudio = (utterance: Utterance): Utterance => ({ ...utterance, isAudioComplete: true });

function withTimings(utterance: Utterance, { alignment, normalizedAlignment }: VoiceChunk): Utterance {
  const timings = [normalizedAlignment, alignment].find((one) => one !== undefined && one.chars.length > 0);
  if (timings === undefined) return utterance;
  const audioMs = utterance.audioBytes / MULAW_BYTES_PER_MS;
  const letters = lettersOf(timings);
  const from = placeOf(letters, utterance);
  if (from === utterance.timedChars) return placeLetters(utterance, letters, from, audioMs);
  // A pass that begins again counts from where it first began, or passes over what it repeats in no time.
  const repeated = countLetters(utterance.spoken, from, utterance.timedChars);
  const hasRepeated = letters.slice(0, repeated).some(({ endMs }) => endMs > 0);
  const firstMs = utterance.times[nextLetter(utterance.spoken, from)]?.startMs ?? 0;
  const baseMs = hasRepeated ? firstMs - letters[0]!.startMs : audioMs;
  return placeLetters(utterance, letters.slice(repeated), utterance.timedChars, baseMs);
}

interface Letter {
  readonly char: string;
  readonly startMs: number;
  readonly endMs: number;
  /** With the marks that follow it in its word. */
  wordEndMs: number;
}

/** The longest that a mark after a letter belongs to the word: what goes beyond is the pause that it makes. */
const LONGEST_MARK_MS = 250;

/** Only letters and digits are compared: voices put their own spaces and punctuation between them. */
function lettersOf({ chars, startsMs, durationsMs }: CharTimings): Letter[] {
  const letters: Letter[] = [];
  let isInWord = false;
  for (const [i, char] of chars.entries()) {
    const startMs = startsMs[i] ?? 0;
    const endMs = startMs + (durationsMs[i] ?? 0);
    const last = letters.at(-1);
    if (isLetter(char)) letters.push({ char, startMs, endMs, wordEndMs: endMs });
    else if (isInWord && last && char.trim() !== '')
      last.wordEndMs = Math.min(endMs, last.endMs + LONGEST_MARK_MS);
    isInWord = char.trim() !== '';
  }
  return letters;
}

const isLetter = (char: string): boolean => /[\p{L}\p{N}]/u.test(char);

/** Where in the spoken text the letters belong: after the last ones, unless a pass begins a sentence or the text again. */
function placeOf(letters: readonly Letter[], { spoken, timedChars, sentenceStarts }: Utterance): number {
  if (timedChars === 0 || fits(letters, spoken, timedChars)) return timedChars;
  return (
    [0, ...sentenceStarts].findLast((start) => start < timedChars && fits(letters, spoken, start)) ??
    timedChars
  );
}

const countLetters = (text: string, from: number, to: number): number =>
  Array.from(text.slice(from, to)).filter(isLetter).length;

/** How far on a voice's reading is looked for where it differs from the text (a number read out), … */
const MAX_READING_LETTERS = 80;
const MAX_SKIPPED_CHARS = 60;
/** … and how many letters must agree for it to count as found. */
const AGREEING_LETTERS = 6;

function placeLetters(
  utterance: Utterance,
  letters: readonly Letter[],
  from: number,
  baseMs: number,
): Utterance {
  const { spoken } = utterance;
  const times = [...utterance.times];
  let place = nextLetter(spoken, from);
  for (let i = 0; i < letters.length && place < spoken.length;) {
    const next = isSame(letters[i]!, spoken, place)
      ? { i: i + 1, place: place + 1 }
      : findAgain(letters, i, spoken, place);
    if (next === undefined) break;
    // What was passed over without being read was said in audio that came without timings.
    const last = letters[next.i - 1];
    if (next.i > i && last !== undefined) {
      const time = { startMs: baseMs + letters[i]!.startMs, endMs: baseMs + last.wordEndMs };
      for (let at = place; at < next.place; at++) times[at] = time;
    }
    i = next.i;
    place = nextLetter(spoken, next.place);
  }
  return { ...utterance, times, timedChars: Math.max(utterance.timedChars, place) };
}

/** Where text and reading agree again, the nearest such place first. */
function findAgain(
  letters: readonly Letter[],
  i: number,
  spoken: string,
  place: number,
): { i: number; place: number } | undefined {
  for (let distance = 1; distance <= MAX_READING_LETTERS + MAX_SKIPPED_CHARS; distance++) {
    for (let skipped = Math.min(distance, MAX_SKIPPED_CHARS); skipped >= 0; skipped--) {
      const read = distance - skipped;
      const there = nextLetter(spoken, place + skipped);
      const rest = letters.slice(i + read, i + read + AGREEING_LETTERS);
      if (there === place + skipped && rest.length > 0 && fits(rest, spoken, there))
        return { i: i + read, place: there };
    }
  }
  return undefined;
}

/** Whether the letters are those of the text from here on, as far as both go. */
function fits(letters: readonly Letter[], spoken: string, from: number): boolean {
  let place = nextLetter(spoken, from);
  if (place >= spoken.length) return false;
  for (const letter of letters) {
    if (place >= spoken.length) return false;
    if (!isSame(letter, spoken, place)) return false;
    place = nextLetter(spoken, place + 1);
  }
  return true;
}

const isSame = ({ char }: Letter, spoken: string, place: number): boolean =>
  char.toLowerCase() === spoken.charAt(place).toLowerCase();

function nextLetter(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLetter(text.charAt(at))) at += 1;
  return at;
}

/**
 * The words and their places in the audio. Where no voice has timed them they are spread evenly: up to the next timed
 * word, up to the end of the audio, or, while that is unknown, at a usual rate.
 */
export function wordsOf(utterance: Utterance): readonly SpokenWord[] {
  const known = placedWords.get(utterance);
  if (known) return known;
  const words = placeWords(utterance);
  placedWords.set(utterance, words);
  return words;
}

/** Asked for with every mark that comes back, far more often than an utterance changes. */
const placedWords = new WeakMap<Utterance, readonly SpokenWord[]>();

function placeWords(utterance: Utterance): readonly SpokenWord[] {
  const words = Array.from(utterance.spoken.matchAll(/\S+/gu), ({ 0: text, index }) => ({
    text,
    start: index,
    end: index + text.length,
    time: timeOf(utterance, index, index + text.length),
  }));
  const audioMs = utterance.audioBytes / MULAW_BYTES_PER_MS;
  const placed: SpokenWord[] = [];
  let lastMs = 0;
  for (let i = 0; i < words.length; i++) {
    const { text, start, end, time } = words[i]!;
    const startMs = Math.max(lastMs, time?.startMs ?? lastMs);
    const endMs = Math.max(startMs, time?.endMs ?? lastMs + untimedMs(i, lastMs));
    placed.push({
      text,
      start,
      end,
      startMs: utterance.isAudioComplete ? Math.min(startMs, audioMs) : startMs,
      endMs: utterance.isAudioComplete ? Math.min(endMs, audioMs) : endMs,
    });
    lastMs = endMs;
  }
  return placed;

  /** The share of an untimed word in the time that it and its untimed neighbours have. */
  function untimedMs(i: number, fromMs: number): number {
    const until = words.findIndex((word, at) => at > i && word.time !== undefined);
    const toMs = words[until]?.time?.startMs ?? (utterance.isAudioComplete ? audioMs : undefined);
    const chars = words[i]!.end - words[i]!.start + 1;
    if (toMs === undefined) return chars * USUAL_CHAR_MS;
    const stretch = (words[until]?.start ?? utterance.spoken.length + 1) - words[i]!.start;
    return Math.max(0, toMs - fromMs) * Math.min(1, chars / stretch);
  }
}

/** A word is timed once its last letter is. */
function timeOf({ times, spoken }: Utterance, start: number, end: number): CharTime | undefined {
  const letters = Array.from({ length: end - start }, (_, i) => start + i).filter((at) =>
    isLetter(spoken.charAt(at)),
  );
  const [first, last] = [letters[0], letters.at(-1)];
  const [from, to] = [times[first ?? -1], times[last ?? -1]];
  return from && to ? { startMs: from.startMs, endMs: to.endMs } : undefined;
}

/** The written text up to the last span whose every word had ended: a prefix of what was written, '' before any sound. */
export function heardText(utterance: Utterance, heardMs: number): string {
  const { written, spans } = utterance;
  const words = wordsOf(utterance);
  const heard = heardCount(words, heardMs);
  if (heard === 0) return '';
  if (heard === words.length) return written;
  const spokenTo = words[heard - 1]!.end;
  const span = spans.findLast(({ spokenEnd }) => spokenEnd <= spokenTo);
  return written.slice(0, span?.writtenEnd ?? 0).trimEnd();
}

/** Voices tell times roughly: a word that is played again begins so much before its own beginning. */
const LEAD_IN_MS = 20;

/** Where to play on from: in the pause before the first word that was not heard to its end; undefined when all were. */
export function nextUnheardMs(utterance: Utterance, heardMs: number): number | undefined {
  const words = wordsOf(utterance);
  const next = heardCount(words, heardMs);
  const word = words[next];
  if (word === undefined) return undefined;
  const pauseMs = word.startMs - (words[next - 1]?.endMs ?? 0);
  const fromMs = word.startMs - Math.min(LEAD_IN_MS, pauseMs / 2);
  // A guessed place may lie behind the true one: there nothing is skipped.
  const isTimed = timeOf(utterance, word.start, word.end) !== undefined;
  return isTimed ? fromMs : Math.min(fromMs, heardMs);
}

/** The words that ended after `fromMs` and up to `toMs`: what a mark newly reports. */
export const wordsHeardBetween = (utterance: Utterance, fromMs: number, toMs: number): readonly string[] =>
  wordsOf(utterance)
    .filter(({ endMs }) => endMs > fromMs && endMs <= toMs)
    .map(({ text }) => text);

/** How many words, from the first on, had ended. Before any sound none had, not even one without a length. */
function heardCount(words: readonly SpokenWord[], heardMs: number): number {
  if (heardMs <= 0) return 0;
  const unheard = words.findIndex(({ endMs }) => endMs > heardMs);
  return unheard === -1 ? words.length : unheard;
}
