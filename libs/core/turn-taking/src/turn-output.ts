import type { TurnEvent } from './turn-input.js';

/** A fixed sentence of the agent that opens a turn of its own. */
export type Phrase = 'greeting' | 'reprompt' | 'goodbye' | 'apology';

/** Why the rest of a turn is not played. */
export type CutReason = 'barge-in' | 'hang-up' | 'connection-lost' | 'failure';

/** Why the agent does not reply. */
export type UnansweredReason = 'backchannel' | 'echo' | 'too-few-words' | 'call-over';

export type HangUpReason = 'silence' | 'too-long' | 'agent';

export type IgnoreReason =
  | UnansweredReason
  | 'call-not-started'
  | 'call-already-started'
  /** The event is about another turn than the current one. */
  | 'stale-turn'
  /** The reply was already complete. */
  | 'reply-already-ended'
  /** The reply is not complete yet. */
  | 'reply-still-open'
  /** Some of the reply was spoken, so the reply cannot begin again. */
  | 'reply-already-spoken'
  | 'speech-already-started'
  | 'nothing-new'
  | 'no-words'
  | 'no-open-speech'
  /** The greeting is guarded, or only words interrupt. */
  | 'barge-in-guarded'
  | 'nothing-due';

/** The person's words and when they ended, by the call's clock. */
export interface PersonWords {
  readonly said: string;
  /** The end of the last word if the recogniser reports it, else the last sign of speech. */
  readonly speechEndMs: number;
  readonly sttFinalMs: number;
}

/**
 * An instruction to the caller of `stepTurn`, to be carried out in order. A turn is one entry of the ledger: the
 * person's words and the agent's reply. Turn numbers run from 1 without a gap, and each turn ends in one `close-turn`
 * or `record-unanswered`. At most one turn is open.
 */
export type TurnOutput =
  /** Open a turn: request a reply to `said`. */
  | ({ readonly kind: 'start-turn'; readonly turnNo: number } & PersonWords)
  /** Cancel the request for a reply. Its `close-turn` follows. */
  | { readonly kind: 'cancel-turn'; readonly turnNo: number; readonly reason: CutReason }
  /** Append a sentence to the reply: store, synthesise and play it, unless suspended. */
  | { readonly kind: 'speak'; readonly turnNo: number; readonly sentence: string }
  /**
   * Say a filler before any `speak` of this turn, because the reply is late. The filler is not part of the reply. `nth`
   * counts the call's fillers from 1.
   */
  | { readonly kind: 'fill'; readonly turnNo: number; readonly nth: number }
  /** Open a turn of the agent's own with a phrase. `nth` counts reprompts from 1. */
  | { readonly kind: 'say'; readonly turnNo: number; readonly phrase: Phrase; readonly nth: number }
  /** No more text follows. Once the caller has heard all of it, send `playback-finished`. */
  | { readonly kind: 'finish-speaking'; readonly turnNo: number }
  /** Send `clear`, stop playing, and hold the audio that was not heard. */
  | { readonly kind: 'suspend'; readonly turnNo: number }
  /** Resume from the next unheard word. */
  | { readonly kind: 'resume'; readonly turnNo: number }
  /** The turn is over: record its entry. With `cut` send `clear` (unless suspended) and drop the audio that was not heard. */
  | { readonly kind: 'close-turn'; readonly turnNo: number; readonly cut?: CutReason }
  /** Record words that get no reply. */
  | ({
      readonly kind: 'record-unanswered';
      readonly turnNo: number;
      readonly reason: UnansweredReason;
    } & PersonWords)
  /** Replace the recogniser, which is mute; the turn was ended with the transcript so far. */
  | { readonly kind: 'reconnect-recogniser' }
  | { readonly kind: 'hang-up'; readonly reason: HangUpReason }
  /** Do nothing; `reason` says why. */
  | { readonly kind: 'ignore'; readonly input: TurnEvent['kind']; readonly reason: IgnoreReason };
