import { MULAW_BYTES_PER_MS } from './mulaw.js';
import { hasSound } from './sound.js';
import type { CharTime, Utterance } from './utterance.js';
import { usualCharMs, wordsIn } from './words.js';

/** A spoken word and its position in the turn's audio. */
export interface SpokenWord {
  readonly text: string;
  /** Position of the word in the spoken text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Returns the words and their positions in the audio. Untimed words are spread evenly: up to the next timed word, up to
 * the end of the audio, or, while the audio is incomplete, at a usual rate.
 */
export function spokenWordsOf(utterance: Utterance): readonly SpokenWord[] {
  const known = positionedWords.get(utterance);
  if (known) return known;
  const words = positionWords(utterance);
  positionedWords.set(utterance, words);
  return words;
}

/** Caches the positions, because they are read at every mark, far more often than an utterance changes. */
const positionedWords = new WeakMap<Utterance, readonly SpokenWord[]>();

function positionWords(utterance: Utterance): readonly SpokenWord[] {
  const words = wordsIn(utterance.spoken).map((word) => ({
    ...word,
    time: timeOf(utterance, word.start, word.end),
  }));
  const audioMs = utterance.audioBytes / MULAW_BYTES_PER_MS;
  const positioned: SpokenWord[] = [];
  let lastMs = 0;
  for (let i = 0; i < words.length; i++) {
    const { text, start, end, time } = words[i]!;
    const startMs = Math.max(lastMs, time?.startMs ?? lastMs);
    const endMs = Math.max(startMs, time?.endMs ?? lastMs + untimedMs(i, lastMs));
    positioned.push({
      text,
      start,
      end,
      startMs: utterance.isAudioComplete ? Math.min(startMs, audioMs) : startMs,
      endMs: utterance.isAudioComplete ? Math.min(endMs, audioMs) : endMs,
    });
    lastMs = endMs;
  }
  return positioned;

  /** Returns the duration of an untimed word: its share of the time of adjacent untimed words. */
  function untimedMs(i: number, fromMs: number): number {
    const until = words.findIndex((word, at) => at > i && word.time !== undefined);
    const toMs = words[until]?.time?.startMs ?? (utterance.isAudioComplete ? audioMs : undefined);
    const { text, start, end } = words[i]!;
    const chars = (words[i + 1]?.start ?? end + 1) - start;
    if (toMs === undefined) return chars * usualCharMs(text);
    const stretch = (words[until]?.start ?? utterance.spoken.length + 1) - start;
    return Math.max(0, toMs - fromMs) * Math.min(1, chars / stretch);
  }
}

/** Returns the time of a word, which is known if its last letter is timed. */
function timeOf({ times, spoken }: Utterance, start: number, end: number): CharTime | undefined {
  const letters = Array.from({ length: end - start }, (_, i) => start + i).filter((at) =>
    hasSound(spoken.charAt(at)),
  );
  const [first, last] = [letters[0], letters.at(-1)];
  const [from, to] = [times[first ?? -1], times[last ?? -1]];
  return from && to ? { startMs: from.startMs, endMs: to.endMs } : undefined;
}

/**
 * Returns the written text up to the last span in which every word had ended: a prefix of the written text, empty
 * before any sound.
 */
export function heardText(utterance: Utterance, heardMs: number): string {
  const { written, spans } = utterance;
  const words = spokenWordsOf(utterance);
  const heard = heardCount(words, heardMs);
  if (heard === 0) return '';
  if (heard === words.length) return written;
  const spokenTo = words[heard - 1]!.end;
  const span = spans.findLast(({ spokenEnd }) => spokenEnd <= spokenTo);
  return written.slice(0, span?.writtenEnd ?? 0).trimEnd();
}

/** A word is played again from this long before its beginning, because a voice's times are imprecise. */
const LEAD_IN_MS = 20;

/**
 * Returns where playback resumes: in the pause before the first word that was not heard to its end; undefined if all
 * words were heard.
 */
export function nextUnheardMs(utterance: Utterance, heardMs: number): number | undefined {
  const words = spokenWordsOf(utterance);
  const next = heardCount(words, heardMs);
  const word = words[next];
  if (word === undefined) return undefined;
  const pauseMs = word.startMs - (words[next - 1]?.endMs ?? 0);
  const fromMs = word.startMs - Math.min(LEAD_IN_MS, pauseMs / 2);
  // An untimed word may begin earlier than computed, so none of the audio before it is skipped.
  const isTimed = timeOf(utterance, word.start, word.end) !== undefined;
  return isTimed ? fromMs : Math.min(fromMs, heardMs);
}

/** Returns the words that ended after `fromMs` and up to `toMs`. */
export const wordsHeardBetween = (utterance: Utterance, fromMs: number, toMs: number): readonly string[] =>
  spokenWordsOf(utterance)
    .filter(({ endMs }) => endMs > fromMs && endMs <= toMs)
    .map(({ text }) => text);

/** Returns how many words had ended: 0 before any sound, even if words have no duration. */
function heardCount(words: readonly SpokenWord[], heardMs: number): number {
  if (heardMs <= 0) return 0;
  const unheard = words.findIndex(({ endMs }) => endMs > heardMs);
  return unheard === -1 ? words.length : unheard;
}

/**
 * Returns the position in the audio at which the filler ends and the reply begins, as far as known; 0 without a filler.
 */
export function replyStartMs(utterance: Utterance): number {
  if (utterance.fillerChars === 0) return 0;
  return spokenWordsOf(utterance).findLast(({ end }) => end <= utterance.fillerChars)?.endMs ?? 0;
}
