import { isBackchannel } from './backchannels.js';
import type { SpeechOverlap } from './turn-state.js';
import type { TurnPolicy } from './turn-policy.js';
import { plainWords } from './words.js';

/** What the person's words mean during the agent's turn. */
export type WordsJudgement = 'interrupts' | 'no-words' | 'too-few-words' | 'backchannel' | 'echo';

/** The call as it was when the person's words began. */
export interface SpeechContext {
  readonly overlap: SpeechOverlap;
  /** The words that the agent said shortly before, in order. */
  readonly played: readonly string[];
  /** Whether the last heard words are a question. */
  readonly hasAsked: boolean;
}

/** Decides whether words interrupt the agent. An echo of the agent's voice does not. */
export function judgeWords(text: string, around: SpeechContext, policy: TurnPolicy): WordsJudgement {
  const words = plainWords(text);
  if (words.length === 0) return 'no-words';
  const own = withoutEcho(words, around, policy);
  if (own.length < words.length && own.length < policy.minWordsBesideEcho) return 'echo';
  if (!around.hasAsked && isBackchannel(own, policy.backchannels)) return 'backchannel';
  return own.length < policy.minWords ? 'too-few-words' : 'interrupts';
}

/**
 * Removes runs of words that repeat played words. After a question, or after the end of the audio, a short run is no
 * echo, because the person may repeat a word ("Monday or Tuesday?" "Tuesday.").
 */
function withoutEcho(words: readonly string[], around: SpeechContext, policy: TurnPolicy): string[] {
  const { overlap, played, hasAsked } = around;
  if (overlap === 'quiet') return [...words];
  const source = ` ${played.flatMap(plainWords).join(' ')} `;
  const isShortEcho = overlap === 'playing' && !hasAsked;
  const shortest = isShortEcho ? Math.min(policy.echoWords, words.length) : policy.echoWords;
  const own: string[] = [];
  for (let at = 0; at < words.length;) {
    const run = longestRun(words, at, source);
    if (run >= shortest) at += run;
    else own.push(words[at++]!);
  }
  return own;
}

function longestRun(words: readonly string[], at: number, source: string): number {
  let end = at;
  while (end < words.length && source.includes(` ${words.slice(at, end + 1).join(' ')} `)) end += 1;
  return end - at;
}
