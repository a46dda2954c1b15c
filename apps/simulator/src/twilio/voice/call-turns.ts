import type { CallerHeard } from './call-events.js';
import type { Said } from './mouth.js';

/**
 * What the caller said and what came back; times on the call's clock. The first turn is what was heard before anything
 * was said.
 */
export interface CallTurn {
  said: string | null;
  speechStartMs: number | null;
  speechEndMs: number | null;
  heard: string;
  /** Start of the first word that answers. */
  firstAudioMs: number | null;
  /** From the end of speech to that word. */
  responseMs: number | null;
  /** When something was still playing as the caller began: the `clear` that stopped it, and how long it took. */
  clearMs: number | null;
  bargeInMs: number | null;
}

export const textOfHeard = (words: readonly CallerHeard[]): string =>
  words.map(({ text, cut }) => (cut ? `[cut:${text}]` : text)).join(' ');

/**
 * A word answers what was said last, unless it was still the reply before: up to the `clear`, else up to the end of
 * speech.
 */
export function turnsOf(
  said: readonly Said[],
  heard: readonly CallerHeard[],
  clearsMs: readonly number[],
): CallTurn[] {
  const spoken = said.filter((one) => one.startMs !== null);
  const starts = spoken.map((one, i) => {
    const until = spoken[i + 1]?.startMs ?? Number.POSITIVE_INFINITY;
    const clearMs = clearsMs.find((at) => at >= one.startMs! && at < until) ?? null;
    const wasPlaying = heard.some((word) => word.startMs < one.startMs! && one.startMs! < word.endMs + 400);
    return { one, clearMs, wasPlaying, answersFrom: clearMs ?? one.endMs ?? until };
  });
  const turnOfWord = (word: CallerHeard) =>
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
      heard: textOfHeard(words),
      firstAudioMs,
      responseMs: firstAudioMs === null || turn.speechEndMs === null ? null : firstAudioMs - turn.speechEndMs,
    };
  });
}
