import { backchannelsOf } from './backchannels.js';

/** How a person may interrupt: by sound, only by words, or not at all. */
export type BargeInMode = 'speech' | 'words' | 'off';

/** The numbers that turn-taking decides by. Times are in milliseconds. */
export interface TurnPolicy {
  readonly bargeIn: BargeInMode;
  /** A guarded greeting is played to its end, whatever `bargeIn` is. The agent answers the person's words after it. */
  readonly isGreetingGuarded: boolean;

  /** How many words make an interruption. */
  readonly minWords: number;
  /** How many words beside an echo make an interruption. */
  readonly minWordsBesideEcho: number;
  /** Words that take no turn, from `backchannelsOf`. */
  readonly backchannels: readonly string[];
  /** A recognised word can be an echo only within this time after it was played. */
  readonly echoWindowMs: number;
  /** How many consecutive played words make an echo; all words if the text is shorter. */
  readonly echoWords: number;
  /** Speech can begin as an echo within this time after the agent's last sound. */
  readonly echoTailMs: number;

  /**
   * After a false interruption, a suspended reply resumes this long after the speech: under 700 ms with the network's
   * delay.
   */
  readonly resumeAfterMs: number;
  /** The longest suspension of a reply. It is limited because the audio is held in memory. */
  readonly suspendedLongestMs: number;
  /** Sound without a word is ignored after this time. */
  readonly wordlessSpeechMs: number;
  /** A turn whose transcript does not change for this long is ended, because the recogniser is mute. */
  readonly recogniserSilentMs: number;

  /** A silent person gets a reprompt after this time. */
  readonly repromptAfterMs: number;
  /** How many reprompts a silent person gets before the goodbye. */
  readonly maxReprompts: number;
  /** The longest duration of a call; after that the call ends at the next pause. */
  readonly maxDurationMs: number;
  /** The call ends this long after its longest duration, even while somebody speaks. */
  readonly maxDurationGraceMs: number;
  /** The agent hangs up if a goodbye makes no progress for this long. */
  readonly goodbyeStalledMs: number;

  /** A filler is spoken if the reply has no sentence after this time. */
  readonly fillerAfterMs: number;
  /**
   * A reply without new text or newly heard words is given up after this time. Longer than the agent's limits for a
   * word and for one tool together.
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
