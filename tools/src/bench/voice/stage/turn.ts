import { answerOf, sayingOf } from './script.js';

/** One turn of one call: what is to be said and heard, and when each hand passed it on. Times of this process. */
export class Turn {
  readonly saying: string[];
  readonly answer: string[];
  speechEndMs: number | undefined;
  /** The caller's frame with the last sound, counted from the call's first frame, … */
  speechEndFrame: number | undefined;
  /** … when it and those after it were sent, until the turn is answered, … */
  readonly framesSentMs: number[] = [];
  /** … and how long each of them took to the recogniser, up to the one that ended the turn. */
  frameMs: readonly number[] = [];
  startOfTurnMs: number | undefined;
  endOfTurnMs: number | undefined;
  askedMs: number | undefined;
  sentenceSentMs: number | undefined;
  sentenceAtVoiceMs: number | undefined;
  audioSentMs: number | undefined;
  audioAtCallerMs: number | undefined;
  clearMs: number | undefined;
  /** What the agent was asked. */
  said: string | undefined;
  /** Words of the answer that were heard, in order. */
  heard = 0;
  isInterrupted = false;
  isInWindow = false;

  constructor(
    readonly call: number,
    readonly number: number,
    /** The turn before is being answered: whoever speaks now interrupts. */
    readonly interrupts: boolean,
  ) {
    this.saying = sayingOf(call, number);
    this.answer = answerOf(call, number).flat();
  }
}

/** Finds a turn by the words that belong to it. */
export interface TurnFinder {
  turn(place: { call: number; turn: number }): Turn | undefined;
}
