import type { SentenceSplit } from './sentences.js';
import type { HangUpReason } from './turn-output.js';

/** One call's turn-taking. */
export type TurnState = NotStarted | Live | Ended;

export interface NotStarted {
  readonly kind: 'not-started';
}

export interface Live {
  readonly kind: 'live';
  readonly startedAtMs: number;
  /** The last number given to a turn; they count from 1. */
  readonly lastTurnNo: number;
  readonly person: Person;
  readonly agent: Agent;
  /** Reprompts since the person last had a turn. */
  readonly reprompts: number;
  /** Words played of late, oldest first: what an echo would repeat. */
  readonly played: readonly PlayedWords[];
  /** When the last sound of the agent ended, as far as known. */
  readonly lastPlayedAtMs: number;
}

export interface Ended {
  readonly kind: 'ended';
}

export interface PlayedWords {
  readonly atMs: number;
  readonly words: readonly string[];
}

export type Person = { readonly kind: 'quiet' } | Speaking;

/** The person's turn while it lasts. */
export interface Speaking {
  readonly kind: 'speaking';
  readonly beganAtMs: number;
  /** Whether the agent could be heard when it began: only then may it be an echo. */
  readonly beganInEarshot: Earshot;
  /** The last new sign of speech. */
  readonly lastSignMs: number;
  readonly lastWordEndMs?: number;
  /** What will not change any more, and what may. */
  readonly settled: string;
  readonly interim: string;
  /** v1 said the utterance is over before it settled it: the next final piece ends the turn. */
  readonly isOver: boolean;
  /** These words interrupted the agent: they are a turn, whatever else they look like. */
  readonly hasInterrupted: boolean;
}

/** `playing`: the agent's sound was in the air. `tail`: it had just ended. */
export type Earshot = 'playing' | 'tail' | 'none';

export type Agent = Listening | Answering | Suspended;

/** Nothing to say; `sinceMs` is where the person's silence counts from. */
export interface Listening {
  readonly kind: 'listening';
  readonly sinceMs: number;
}

/** A turn of the agent, from the question to the model to the last word heard. */
export interface Answering {
  readonly kind: 'answering';
  readonly turn: AgentTurn;
}

/** The same, silenced by speech that has not yet shown to be an interruption. */
export interface Suspended {
  readonly kind: 'suspended';
  readonly turn: AgentTurn;
  readonly sinceMs: number;
  readonly resumeAtMs: number;
}

export interface AgentTurn {
  readonly turnNo: number;
  readonly purpose: 'reply' | 'greeting' | 'reprompt' | 'apology' | 'goodbye';
  readonly text: ReplyText;
  /** Whether a sound of it has left. */
  readonly isAudible: boolean;
  /** The last time it got on: new text, or something heard. */
  readonly progressAtMs: number;
  /** Hang up once it has been heard. */
  readonly thenHangUp?: HangUpReason;
  readonly startedAtMs: number;
  /** What the person said while it could not be interrupted, answered after it. */
  readonly unanswered?: Unanswered;
}

export interface Unanswered {
  readonly said: string;
  readonly speechEndMs: number;
  readonly sttFinalMs: number;
}

export type ReplyText =
  | {
      readonly kind: 'open';
      readonly split: SentenceSplit;
      readonly hasText: boolean;
      readonly changedAtMs: number;
    }
  | { readonly kind: 'complete' };
