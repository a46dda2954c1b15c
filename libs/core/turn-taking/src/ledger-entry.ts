import type { CutReason, Phrase, UnansweredReason } from './turn-output.js';

/** Times on the call's clock, in the order in which they occur. A time is absent if its event did not happen. */
export interface TurnTimings {
  readonly speechEndMs?: number;
  readonly sttFinalMs?: number;
  readonly firstTokenMs?: number;
  readonly firstAudioMs?: number;
  readonly firstMarkHeardMs?: number;
}

/** What a turn costs. */
export interface TurnCounters {
  readonly sttMs: number;
  readonly charactersSynthesised: number;
  readonly tokensUsed: number;
  readonly tokensWasted: number;
}

/** The record of one turn, which prompts and transcripts are made from. */
export interface LedgerEntry {
  readonly turnNo: number;
  /** What the person said; empty for greeting, reprompt and goodbye. */
  readonly said: string;
  /** The agent's text as written; `phrase` is set if the text is a phrase. */
  readonly reply: string;
  readonly phrase?: Phrase;
  /** The part of `reply` that was heard: always its beginning. */
  readonly heard: string;
  readonly cut?: { readonly atChar: number; readonly reason: CutReason };
  /** Why the agent did not reply. */
  readonly unanswered?: UnansweredReason;
  readonly timings: TurnTimings;
  readonly counters: TurnCounters;
}

/** An entry whose turn is not over. */
export type LedgerDraft = Pick<LedgerEntry, 'turnNo' | 'said' | 'phrase' | 'timings' | 'counters'>;

const NO_COUNTERS: TurnCounters = { sttMs: 0, charactersSynthesised: 0, tokensUsed: 0, tokensWasted: 0 };

/**
 * Opens the entry of a turn: `said` holds the person's words, `timings` when they ended. A turn that the agent begins
 * itself has a `phrase` instead.
 */
export function openEntry(
  turnNo: number,
  opening: { readonly said?: string; readonly phrase?: Phrase; readonly timings?: TurnTimings } = {},
): LedgerDraft {
  const { said = '', phrase, timings = {} } = opening;
  return { turnNo, said, ...(phrase && { phrase }), timings, counters: NO_COUNTERS };
}

/** Records a moment; only the first of its kind counts. */
export function recordMoment(draft: LedgerDraft, moment: keyof TurnTimings, atMs: number): LedgerDraft {
  return { ...draft, timings: { [moment]: atMs, ...draft.timings } };
}

/** Adds to the counters. */
export function addCounters(draft: LedgerDraft, more: Partial<TurnCounters>): LedgerDraft {
  const { sttMs, charactersSynthesised, tokensUsed, tokensWasted } = draft.counters;
  const counters = {
    sttMs: sttMs + (more.sttMs ?? 0),
    charactersSynthesised: charactersSynthesised + (more.charactersSynthesised ?? 0),
    tokensUsed: tokensUsed + (more.tokensUsed ?? 0),
    tokensWasted: tokensWasted + (more.tokensWasted ?? 0),
  };
  return { ...draft, counters };
}

/**
 * Closes the entry. Without a `cut`, the reply was heard to its end.
 * @throws RangeError if the reply does not begin with `heard`
 */
export function closeEntry(
  draft: LedgerDraft,
  ending: { readonly reply: string; readonly heard: string; readonly cut?: CutReason },
): LedgerEntry {
  const { reply, heard, cut } = ending;
  if (!reply.startsWith(heard)) throw new RangeError('`heard` is not the beginning of the reply');
  return { ...draft, reply, heard, ...(cut && { cut: { atChar: heard.length, reason: cut } }) };
}

/** Makes the entry of a turn without a reply. */
export function unansweredEntry(draft: LedgerDraft, reason: UnansweredReason): LedgerEntry {
  return { ...draft, reply: '', heard: '', unanswered: reason };
}
