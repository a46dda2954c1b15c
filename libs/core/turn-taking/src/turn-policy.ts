import { backchannelsOf } from './backchannels.js';

/** How a person may interrupt: at the first sound, only by words that count, or not at all. */
export type BargeInMode = 'speech' | 'words' | 'off';

/** Every number of turn-taking, in one place. Times are milliseconds. */
export interface TurnPolicy {
  readonly bargeIn: BargeInMode;
  /**
   * A guarded greeting is heard to its end, whatever `bargeIn` says; what the person says meanwhile is answered after
   * it.
   */
  readonly isGreetingGuarded: boolean;

  /** Words that an interruption takes … */
  readonly minWords: number;
  /** … and those it takes beside words that were only our own voice coming back. */
  readonly minWordsBesideEcho: number;
  /** What listeners say without wanting the turn, as `backchannelsOf` makes it. */
  readonly backchannels: readonly string[];
  /** How far back a word may have been played to come back as an echo, … */
  readonly echoWindowMs: number;
  /** … how many consecutive played words make an echo (all words of a shorter text), … */
  readonly echoWords: number;
  /** … and for how long after the last sound speech may still begin as an echo. */
  readonly echoTailMs: number;

  /** Quiet after speech that meant nothing, until a suspended reply goes on: with the way to the caller under 700 ms. */
  readonly resumeAfterMs: number;
  /** The longest that a reply waits suspended: what is kept of it is bounded. */
  readonly suspendedLongestMs: number;
  /** Sound without a word is forgotten after this. */
  readonly wordlessSpeechMs: number;
  /** A turn whose words stand still for this long is closed with what was heard: the recogniser has gone mute. */
  readonly recogniserSilentMs: number;

  /** Silence after which the person is asked whether they are still there … */
  readonly repromptAfterMs: number;
  /** … this many times, and then bid goodbye. */
  readonly maxReprompts: number;
  /** The call's longest duration; then it is closed at the next gap … */
  readonly maxDurationMs: number;
  /** … or after this, whoever is speaking. */
  readonly maxDurationGraceMs: number;
  /** A goodbye of which nothing is heard for this long is hung up on. */
  readonly goodbyeStalledMs: number;

  /** A reply of which nothing can be said yet after this is preceded by a filler. */
  readonly fillerAfterMs: number;
  /**
   * A reply of which nothing new came, and of which nothing was heard, is given up after this: longer than the agent's own
   * limits on a word and on one tool together.
   */
  readonly replyStalledMs: number;
  /** A text that ends like a sentence is spoken without waiting for what follows after this. */
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
