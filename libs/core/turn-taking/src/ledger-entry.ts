import type { CutReason, Phrase, UnansweredReason } from './turn-output.js';

/** Moments of the call's clock, in the order a turn passes them; absent where it never got there. */
export interface TurnTimings {
  readonly speechEndMs?: number;
  readonly sttFinalMs?: number;
  readonly firstTokenMs?: number;
  readonly firstAudioMs?: number;
  readonly firstMarkHeardMs?: number;
}

/** What a turn cost. */
export interface TurnCounters {
  readonly sttMs: number;
  readonly charactersSynthesised: number;
  readonly tokensUsed: number;
  readonly tokensWasted: number;
}

/** One turn as it happened: the record that context, transcript and console read. */
export interface LedgerEntry {
  readonly turnNo: number;
  /** What the person said; empty for greeting, reprompt and goodbye. */
  readonly said: string;
  /** What the agent said, as written; `phrase` names a fixed text. */
  readonly reply: string;
  readonly phrase?: Phrase;
  /** The part of `reply` that was heard: always its beginning. */
  readonly heard: string;
  readonly cut?: { readonly atChar: number; readonly reason: CutReason };
  /** Why nothing followed what the person said. */
  readonly unanswered?: UnansweredReason;
  readonly timings: TurnTimings;
  readonly counters: TurnCounters;
}

/** An entry while its turn goes on. */
export type LedgerDraft = Pick<LedgerEntry, 'turnNo' | 'said' | 'phrase' | 'timings' | 'counters'>;

const NO_COUNTERS: TurnCounters = { sttMs: 0, charactersSynthesised: 0, tokensUsed: 0, tokensWasted: 0 };

/** Opens the entry of a turn: `said` and what `start-turn` knew of its times, or a phrase the agent says by itself. */
export function openEntry(
  turnNo: number,
  opening: { readonly said?: string; readonly phrase?: Phrase; readonly timings?: TurnTimings } = {},
): LedgerDraft {
  const { said = '', phrase, timings = {} } = opening;
  return { turnNo, said, ...(phrase && { phrase }), timings, counters: NO_COUNTERS };
}

/** Notes a moment; only the first of its kind counts. */
export function noteMoment(draft: LedgerDraft, moment: keyof TurnTimings, atMs: number): LedgerDraft {
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
 * Closes the entry. `heard` is what the playback says was heard; without a `cut` it was heard to its end. Throws
 * RangeError when `heard` is not how the reply begins: such a record would lie.
 */
export function closeEntry(
  draft: LedgerDraft,
  ending: { readonly reply: string; readonly heard: string; readonly cut?: CutReason },
): LedgerEntry {
  const { reply, heard, cut } = ending;
  if (!reply.startsWith(heard)) throw new RangeError('what was heard is not how the reply begins');
  return { ...draft, reply, heard, ...(cut && { cut: { atChar: heard.length, reason: cut } }) };
}

/** The entry of what the person said and nobody answers. */
export function unansweredEntry(draft: LedgerDraft, reason: UnansweredReason): LedgerEntry {
  return { ...draft, reply: '', heard: '', unanswered: reason };
}
