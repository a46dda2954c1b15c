import type { TurnEvent } from './turn-input.js';

/** A fixed text of the agent, synthesised beforehand. */
export type Line = 'greeting' | 'reprompt' | 'goodbye' | 'apology';

/** Why what a turn says ended before its end. */
export type CutReason = 'interrupted' | 'superseded' | 'stalled' | 'failed' | 'overdue' | 'call-ended';

/** Why what the person said got no answer. */
export type UnansweredReason = 'backchannel' | 'echo' | 'too-few-words' | 'call-ending';

export type HangUpReason = 'silence' | 'max-duration' | 'agent';

export type IgnoreReason =
  | 'call-not-started'
  | 'call-already-started'
  | 'call-ended'
  /** Of a turn that is no longer, or not yet, the one being answered. */
  | 'stale-turn'
  /** The turn has said all it had to say. */
  | 'reply-already-ended'
  /** The turn still has text to come. */
  | 'reply-still-open'
  | 'speech-already-started'
  | 'nothing-new'
  | 'no-words'
  | 'no-open-speech'
  /** The guard, or a mode that words alone can interrupt: nothing is suspended. */
  | 'barge-in-guarded'
  | 'backchannel'
  | 'echo'
  | 'too-few-words'
  | 'nothing-due';

/**
 * What the bridge is to do, in this order. A turn is one entry of the ledger: what the person said, and what the agent
 * says to it; greeting, reprompt and goodbye are turns in which the person said nothing.
 */
export type TurnOutput =
  /** Ask for a reply to `said`. */
  | {
      readonly kind: 'start-turn';
      readonly turnNo: number;
      readonly said: string;
      /** End of the last word where the recogniser told it, else of its last sign of speech. */
      readonly speechEndMs: number;
      readonly sttFinalMs: number;
    }
  /** Stop the model: nothing more of this turn will be said. */
  | { readonly kind: 'cancel-turn'; readonly turnNo: number; readonly reason: CutReason }
  /** Append a sentence to what this turn says: store it, synthesise it, play it unless suspended. */
  | { readonly kind: 'speak'; readonly turnNo: number; readonly sentence: string }
  /** Append a fixed text. `nth` counts reprompts from 1. Always followed by `finish-speaking`. */
  | { readonly kind: 'say'; readonly turnNo: number; readonly line: Line; readonly nth: number }
  /** No more text follows: flush the voice. Answered by `playback-finished` once all of it has been heard. */
  | { readonly kind: 'finish-speaking'; readonly turnNo: number }
  /** Send `clear`, stop playing, keep what was not heard. Before any sound: hold it back. */
  | { readonly kind: 'suspend'; readonly turnNo: number }
  /** Play on from the next unheard word. */
  | { readonly kind: 'resume'; readonly turnNo: number }
  /** Send `clear` unless suspended, and drop what was not heard. */
  | { readonly kind: 'cut'; readonly turnNo: number; readonly reason: CutReason }
  /** Nothing more happens in this turn: its ledger entry is complete. Without `cut` it was heard to its end. */
  | { readonly kind: 'close-turn'; readonly turnNo: number; readonly cut?: CutReason }
  /** An entry of its own for what the person said and nobody answers. */
  | {
      readonly kind: 'record-unanswered';
      readonly turnNo: number;
      readonly said: string;
      readonly reason: UnansweredReason;
      readonly speechEndMs: number;
      readonly sttFinalMs: number;
    }
  /** The recogniser has an open turn and says nothing: reconnect. The turn was closed with what was heard. */
  | { readonly kind: 'reconnect-recogniser' }
  | { readonly kind: 'hang-up'; readonly reason: HangUpReason }
  /** An input that changed nothing, and why. */
  | { readonly kind: 'ignore'; readonly input: TurnEvent['kind']; readonly reason: IgnoreReason };
