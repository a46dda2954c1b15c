import type { HeardWord } from './call-events.js';
import type { CallerUtterance } from './caller-speech.js';

/**
 * One utterance of the caller and what the caller then heard; times are relative to the start of the call. The first turn has
 * no utterance, only what the caller heard before speaking.
 */
export interface CallTurn {
  said: string | null;
  speechStartMs: number | null;
  speechEndMs: number | null;
  heard: string;
  /** Start of the first word of the reply. */
  firstAudioMs: number | null;
  /** Time from the end of the caller's speech to the first word of the reply. */
  responseMs: number | null;
  /** Time of the `clear` during this turn; `bargeInMs` is its delay if the caller interrupted playback. */
  clearMs: number | null;
  bargeInMs: number | null;
}

export const textOfHeardWords = (words: readonly HeardWord[]): string =>
  words.map(({ text, cut }) => (cut ? `[cut:${text}]` : text)).join(' ');

/**
 * Assigns each heard word to the utterance that it answers. Words before the `clear` (without a `clear`: before the end of the
 * utterance) still belong to the previous turn.
 */
export function computeCallTurns(
  utterances: readonly CallerUtterance[],
  heard: readonly HeardWord[],
  clearsMs: readonly number[],
): CallTurn[] {
  const spoken = utterances.filter((one) => one.startMs !== null);
  const starts = spoken.map((one, i) => {
    const until = spoken[i + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const clearMs = clearsMs.find((at) => at >= one.startMs! && at < until) ?? null;
    const wasPlaying = heard.some((word) => word.startMs < one.startMs! && one.startMs! < word.endMs + 400);
    return { one, clearMs, wasPlaying, answersFrom: clearMs ?? one.endMs ?? until };
  });
  const turnOfWord = (word: HeardWord) =>
    starts.filter(({ answersFrom }) => word.startMs >= answersFrom).length;
  const before: CallTurn = {
    said: null,
    speechStartMs: null,
    speechEndMs: null,
    heard: '',
    firstAudioMs: null,
    responseMs: null,
    clearMs: null,
    bargeInMs: null,
  };
  const turns: CallTurn[] = [before].concat(
    starts.map(({ one, clearMs, wasPlaying }) => ({
      ...before,
      said: one.text,
      speechStartMs: one.startMs,
      speechEndMs: one.endMs,
      clearMs,
      bargeInMs: clearMs !== null && wasPlaying ? clearMs - one.startMs! : null,
    })),
  );
  return turns.map((turn, i) => {
    const words = heard.filter((word) => turnOfWord(word) === i);
    const firstAudioMs = words[0]?.startMs ?? null;
    return {
      ...turn,
      heard: textOfHeardWords(words),
      firstAudioMs,
      responseMs: firstAudioMs === null || turn.speechEndMs === null ? null : firstAudioMs - turn.speechEndMs,
    };
  });
}
