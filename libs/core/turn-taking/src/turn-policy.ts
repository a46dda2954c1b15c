import { backchannelsOf } from './backchannels.js';

/** How a person may interrupt: by sound, only by words, or not at all. */
export type BargeInMode = 'speech' | 'words' | 'off';

/** All numbers of turn-taking. Times are milliseconds. */
export interface TurnPolicy {
  readonly bargeIn: BargeInMode;
  /**
   * A guarded greeting is played to its end, whatever `bargeIn` says; what the person says meanwhile is answered after it.
   */
  readonly isGreetingGuarded: boolean;

  /** Words that an interruption takes … */
  readonly minWords: number;
  /** … and those that it takes beside an echo. */
  readonly minWordsBesideEcho: number;
  /** Words that take no turn, from `backchannelsOf`. */
  readonly backchannels: readonly string[];
  /** How far back a word may have been played to come back as an echo, … */
  readonly echoWindowMs: number;
  /** … how many consecutive played words make an echo (all words of a shorter text), … */
  readonly echoWords: number;
  /** … and for how long after the last sound speech may still begin as an echo. */
  readonly echoTailMs: number;

  /** After a false interruption a suspended reply resumes this long after the speech; with the network under 700 ms. */
  readonly resumeAfterMs: number;
  /** The longest suspension of a reply, since its audio is held. */
  readonly suspendedLongestMs: number;
  /** Sound without a word is forgotten after this. */
  readonly wordlessSpeechMs: number;
  /** A turn whose transcript does not change for this long is ended: the recogniser is mute. */
  readonly recogniserSilentMs: number;

  /** A silent person gets a reprompt after this, … */
  readonly repromptAfterMs: number;
  /** … this many times, and then a goodbye. */
  readonly maxReprompts: number;
  /** The call's longest duration: it ends at the next pause, … */
  readonly maxDurationMs: number;
  /** … or so much later, even while somebody speaks. */
  readonly maxDurationGraceMs: number;
  /** A goodbye without progress for this long is hung up on. */
  readonly goodbyeStalledMs: number;

  /** A reply without a sentence after this time is preceded by a filler. */
  readonly fillerAfterMs: number;
  /**
   * A reply without new text and without heard words is given up after this: longer than the agent's limits on a word and on
   * one tool together.
   */
  readonly replyStalledMs: number;
  /** Text that ends like a sentence is spoken after this time, without waiting for more. */
  readonly sentenceSettlesMs: number;
}

export const DEFAULT_TURN_POLICY: TurnPolicy = {
  bargeIn: 'speech',
  isGreetingGuarded: false,
  minWords: 1,
  minWordsBesideEcho: 2,
  backchannels: backchannelsOf(['en']),
  echoWindowMs: 3_000,
  echoWords: 3,
  echoTailMs: 600,
  resumeAfterMs: 600,
  suspendedLongestMs: 30_000,
  wordlessSpeechMs: 2_000,
  recogniserSilentMs: 7_000,
  repromptAfterMs: 8_000,
  maxReprompts: 2,
  maxDurationMs: 30 * 60_000,
  maxDurationGraceMs: 15_000,
  goodbyeStalledMs: 10_000,
  fillerAfterMs: 1_500,
  replyStalledMs: 20_000,
  sentenceSettlesMs: 300,
};
