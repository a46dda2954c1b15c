import { agentSentences, callerWords } from './script.js';

/** One turn of one call: its words, and the times at which they reached each part, on the stage's clock. */
export class MeasuredTurn {
  readonly callerWords: string[];
  readonly answer: string[];
  speechEndMs: number | undefined;
  /** The caller's frame with the last sound, counted from the first frame of the call. */
  speechEndFrame: number | undefined;
  /** When that frame and each later one was sent, up to the end of the turn. */
  readonly framesSentMs: number[] = [];
  /** How long each of these frames took to reach the recogniser. */
  frameMs: readonly number[] = [];
  startOfTurnMs: number | undefined;
  endOfTurnMs: number | undefined;
  askedMs: number | undefined;
  sentenceSentMs: number | undefined;
  sentenceAtVoiceMs: number | undefined;
  audioSentMs: number | undefined;
  audioAtCallerMs: number | undefined;
  clearMs: number | undefined;
  /** The text that the agent received. */
  said: string | undefined;
  /** How many words of the answer the caller has heard, in order. */
  heard = 0;
  isInterrupted = false;
  isInWindow = false;

  constructor(
    readonly call: number,
    readonly number: number,
    /** True if the caller starts to speak during the previous answer. */
    readonly interrupts: boolean,
  ) {
    this.callerWords = callerWords(call, number);
    this.answer = agentSentences(call, number).flat();
  }
}

/** Finds a turn by the position of one of its words. */
export interface TurnFinder {
  turn(position: { call: number; turn: number }): MeasuredTurn | undefined;
}
