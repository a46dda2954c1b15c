import type { SentenceSplit } from './sentences.js';
import type { HangUpReason, Phrase, Said } from './turn-output.js';

/** One call's turn-taking. */
export type TurnState = { readonly kind: 'not-started' } | Live | { readonly kind: 'ended' };

export interface Live {
  readonly kind: 'live';
  readonly startedAtMs: number;
  /** Turns count from 1. */
  readonly lastTurnNo: number;
  readonly person: Person;
  readonly agent: Agent;
  /** Reprompts since the person last had a turn. */
  readonly reprompts: number;
  /** How many fillers the call has had. */
  readonly fillers: number;
  /** What the person said while the agent could not be interrupted; it is answered later. */
  readonly pending?: Said;
  /** The words played shortly before, oldest first, which an echo would repeat. */
  readonly played: readonly Played[];
  /** The last time at which the caller could hear the agent; minus infinity before the first sound. */
  readonly lastAudibleMs: number;
  /** True if the last heard words are a question. A backchannel or a repeated word is then an answer. */
  readonly hasAsked: boolean;
  /** True if the call has an echo. Then a sound no longer suspends the agent, and only words interrupt it. */
  readonly hasEcho: boolean;
}

export interface Played {
  readonly atMs: number;
  readonly words: readonly string[];
}

export type Person = { readonly kind: 'quiet' } | Speaking;

/** The person's turn while it lasts. */
export interface Speaking {
  readonly kind: 'speaking';
  readonly beganAtMs: number;
  readonly overlap: Overlap;
  /** The last new sign of speech. */
  readonly lastSignMs: number;
  readonly lastWordEndMs?: number;
  /** The transcript of recognisers that were lost in this turn. */
  readonly before: string;
  /** The transcript of the recogniser that works now. */
  readonly transcript: string;
  /** True if the speech has interrupted the agent. It is then a turn in any case. */
  readonly hasInterrupted: boolean;
}

/** Whether speech began over the agent's audio, right after it, or in quiet. In quiet nothing is an echo. */
export type Overlap = 'playing' | 'tail' | 'quiet';

export type Agent = Listening | Answering | Suspended;

/** The agent has nothing to say; the person's silence counts from `sinceMs`. */
export interface Listening {
  readonly kind: 'listening';
  readonly sinceMs: number;
}

/** A turn of the agent, from the request for a reply until its last word is heard. */
export interface Answering {
  readonly kind: 'answering';
  readonly turn: AgentTurn;
}

/** A turn of the agent, suspended by speech that may be a false interruption. */
export interface Suspended {
  readonly kind: 'suspended';
  readonly turn: AgentTurn;
  readonly sinceMs: number;
  readonly resumeAtMs: number;
}

export interface AgentTurn {
  readonly turnNo: number;
  readonly purpose: 'reply' | Phrase;
  readonly beganAtMs: number;
  readonly text: ReplyText;
  readonly isAudible: boolean;
  /** When it last made progress: text arrived, or words were heard. */
  readonly progressAtMs: number;
  readonly afterwards?: AfterTurn;
}

/** What follows after a turn was heard. */
export type AfterTurn =
  { readonly kind: 'hang-up'; readonly reason: HangUpReason } | { readonly kind: 'apologise' };

export type ReplyText = OpenText | { readonly kind: 'complete' };

export interface OpenText {
  readonly kind: 'open';
  readonly hasSpoken: boolean;
  /**
   * The state of the filler, which is said once per turn if the reply is late. `due`: say it at once, after a second
   * attempt.
   */
  readonly filler: 'unsaid' | 'due' | 'said';
  readonly split: SentenceSplit;
  readonly changedAtMs: number;
}
