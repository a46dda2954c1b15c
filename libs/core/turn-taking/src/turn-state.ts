import type { SentenceSplit } from './sentences.js';
import type { HangUpReason, Phrase, PersonWords } from './turn-output.js';

/** One call's turn-taking. */
export type TurnState = { readonly kind: 'not-started' } | LiveCall | { readonly kind: 'ended' };

export interface LiveCall {
  readonly kind: 'live';
  readonly startedAtMs: number;
  /** Turns count from 1; 0 before the first. */
  readonly lastTurnNo: number;
  readonly person: PersonState;
  readonly agent: AgentState;
  /** Reprompts since the person last had a turn. */
  readonly reprompts: number;
  /** How many fillers the call has had. */
  readonly fillers: number;
  /** The person's words during a turn that could not be interrupted; they are answered later. */
  readonly pending?: PersonWords;
  /** The words played shortly before, oldest first, which an echo would repeat. */
  readonly played: readonly PlayedWords[];
  /** The last time at which the caller could hear the agent; minus infinity before the first sound. */
  readonly lastAudibleMs: number;
  /** True if the last heard words are a question. A backchannel or a repeated word is then an answer. */
  readonly hasAsked: boolean;
  /**
   * True if an echo was recognised in this call. A sound then no longer suspends the agent; only words interrupt it.
   */
  readonly hasEcho: boolean;
}

export interface PlayedWords {
  readonly atMs: number;
  readonly words: readonly string[];
}

export type PersonState = { readonly kind: 'quiet' } | PersonSpeaking;

/** The person's speech from its first sign to the end of turn. */
export interface PersonSpeaking {
  readonly kind: 'speaking';
  readonly beganAtMs: number;
  readonly overlap: SpeechOverlap;
  /** The last new sign of speech. */
  readonly lastSignMs: number;
  readonly lastWordEndMs?: number;
  /** The transcript of recognisers that were lost in this turn. */
  readonly before: string;
  /** The transcript of the recogniser that works now. */
  readonly transcript: string;
  /** True if the speech has interrupted the agent. Its words then take the turn in any case. */
  readonly hasInterrupted: boolean;
}

/** Whether speech began over the agent's audio, right after it, or in quiet. In quiet nothing is an echo. */
export type SpeechOverlap = 'playing' | 'tail' | 'quiet';

export type AgentState = AgentListening | AgentAnswering | AgentSuspended;

/** The agent has nothing to say; the person's silence counts from `sinceMs`. */
export interface AgentListening {
  readonly kind: 'listening';
  readonly sinceMs: number;
}

/** A turn of the agent, from the request for a reply until its last word is heard. */
export interface AgentAnswering {
  readonly kind: 'answering';
  readonly turn: AgentTurn;
}

/** A turn of the agent, suspended by speech that may be a false interruption. */
export interface AgentSuspended {
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
  /** When text last arrived or words were last heard. */
  readonly progressAtMs: number;
  readonly followUp?: FollowUp;
}

/** What follows after a turn was heard. */
export type FollowUp =
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
