import type { TurnEvent } from './turn-input.js';

/** A fixed text of the agent, synthesised beforehand. */
export type Phrase = 'greeting' | 'reprompt' | 'goodbye' | 'apology';

/** Why the rest of what a turn says will not be heard. */
export type CutReason = 'barge-in' | 'hang-up' | 'connection-lost' | 'failure';

/** Why nobody answers what the person said. */
export type UnansweredReason = 'backchannel' | 'echo' | 'too-few-words' | 'call-over';

export type HangUpReason = 'silence' | 'too-long' | 'agent';

export type IgnoreReason =
  | UnansweredReason
  | 'call-not-started'
  | 'call-already-started'
  /** Of a turn that is not the one under way. */
  | 'stale-turn'
  /** The turn has been told all its text. */
  | 'reply-already-ended'
  /** The turn still has text to come. */
  | 'reply-still-open'
  /** Some of the reply has been said: it cannot begin again. */
  | 'reply-already-spoken'
  | 'speech-already-started'
  | 'nothing-new'
  | 'no-words'
  | 'no-open-speech'
  /** A guard, or a mode in which only words interrupt. */
  | 'barge-in-guarded'
  | 'nothing-due';

/** What the person said and when, by the call's clock. */
export interface Said {
  readonly said: string;
  /** The end of the last word where the recogniser tells it, else the last sign of speech. */
  readonly speechEndMs: number;
  readonly sttFinalMs: number;
}

/**
 * What is to be done, in this order. A turn is one entry of the ledger: what the person said, what the agent says to it.
 * Turn numbers run from 1 without a gap, and each ends in one `close-turn` or `record-unanswered`. At any moment at most
 * one turn is open.
 */
export type TurnOutput =
  /** Opens a turn: ask for a reply to `said`. */
  | ({ readonly kind: 'start-turn'; readonly turnNo: number } & Said)
  /** The reply is still being thought of: stop that. Its `close-turn` follows. */
  | { readonly kind: 'cancel-turn'; readonly turnNo: number; readonly reason: CutReason }
  /** Append a sentence to what this turn says: store, synthesise, and play it unless suspended. */
  | { readonly kind: 'speak'; readonly turnNo: number; readonly sentence: string }
  /**
   * The answer is late: say something meanwhile, before any `speak` of this turn. It is no part of the answer, which
   * follows it as one sentence another. `nth` counts the call's fillers from 1.
   */
  | { readonly kind: 'fill'; readonly turnNo: number; readonly nth: number }
  /** Opens a turn of the agent's own with a fixed text. `nth` counts reprompts from 1. */
  | { readonly kind: 'say'; readonly turnNo: number; readonly phrase: Phrase; readonly nth: number }
  /** No more text follows. Once all of it has been heard, `playback-finished` is due. */
  | { readonly kind: 'finish-speaking'; readonly turnNo: number }
  /** Send `clear`, stop playing, keep what was not heard. If nothing has sounded yet: hold it back. */
  | { readonly kind: 'suspend'; readonly turnNo: number }
  /** Play on from the next unheard word. */
  | { readonly kind: 'resume'; readonly turnNo: number }
  /** The turn is over: write its entry. With `cut` send `clear` (unless suspended) and drop what was not heard. */
  | { readonly kind: 'close-turn'; readonly turnNo: number; readonly cut?: CutReason }
  /** An entry for what the person said and nobody answers. */
  | ({
      readonly kind: 'record-unanswered';
      readonly turnNo: number;
      readonly reason: UnansweredReason;
    } & Said)
  /** The recogniser has an open turn and went mute; the turn was closed with what was heard. */
  | { readonly kind: 'reconnect-recogniser' }
  | { readonly kind: 'hang-up'; readonly reason: HangUpReason }
  /** An input on which nothing is done, and why. */
  | { readonly kind: 'ignore'; readonly input: TurnEvent['kind']; readonly reason: IgnoreReason };
