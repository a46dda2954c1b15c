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
  /** Fillers of the whole call. */
  readonly fillers: number;
  /** What the person said while the agent could not be interrupted; answered after it. */
  readonly pending?: Said;
  /** What was played of late, oldest first: what an echo would repeat. */
  readonly played: readonly Played[];
  /** The last moment at which the agent could be heard; before the first sound minus infinity. */
  readonly lastAudibleMs: number;
  /** What was heard last ends in a question: a listener's word, or one that is repeated, is an answer. */
  readonly hasAsked: boolean;
  /** Our voice has come back on this line: sound alone no longer suspends, only words interrupt. */
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
  /** It has interrupted the agent: it is a turn, whatever it still turns out to say. */
  readonly hasInterrupted: boolean;
}

/** When speech began: over the agent's voice, right after it, or in quiet. In quiet nothing is an echo. */
export type Overlap = 'playing' | 'tail' | 'quiet';

export type Agent = Listening | Answering | Suspended;

/** The agent has nothing to say; the person's silence counts from `sinceMs`. */
export interface Listening {
  readonly kind: 'listening';
  readonly sinceMs: number;
}

/** A turn of the agent, from the question to the model until its last word is heard. */
export interface Answering {
  readonly kind: 'answering';
  readonly turn: AgentTurn;
}

/** The same, silenced by speech that has not shown to be an interruption. */
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
  /** When it last got on: text came, or words were heard. */
  readonly progressAtMs: number;
  readonly afterwards?: Afterwards;
}

/** What follows when a turn has been heard. */
export type Afterwards =
  { readonly kind: 'hang-up'; readonly reason: HangUpReason } | { readonly kind: 'apologise' };

export type ReplyText = OpenText | { readonly kind: 'complete' };

export interface OpenText {
  readonly kind: 'open';
  readonly hasSpoken: boolean;
  /** Said while the answer is late, once a turn; `due` at once, since it was asked for again. */
  readonly filler: 'unsaid' | 'due' | 'said';
  readonly split: SentenceSplit;
  readonly changedAtMs: number;
}
