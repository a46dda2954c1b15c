import { z } from 'zod';
import { openEnum, Timestamp, TurnId } from '../fields.js';

/** The kind of an utterance of the agent. Only an `answer` comes from the orchestrator; all other kinds are phrases. */
export const SpokenKind = openEnum(['answer', 'greeting', 'reprompt', 'filler', 'apology', 'goodbye']);
export type SpokenKind = z.output<typeof SpokenKind>;

/** An utterance of the agent, and its heard part. */
export const SpokenReply = z.object({
  kind: SpokenKind,
  /** The whole text in its written form, not in its spoken form. */
  text: z.string(),
  /** The heard part of `text`: a beginning, the whole text, or '' if playback never began. */
  heardText: z.string(),
  /** Why the rest was not heard; absent if the whole text was heard. */
  cutBy: openEnum(['barge-in', 'hang-up', 'connection-lost', 'failure']).optional(),
  /** How much of the utterance's audio was heard. */
  heardMs: z.int().min(0),
});
export type SpokenReply = z.output<typeof SpokenReply>;

/** Times of a turn by the clock of the process that held the call. A time is absent if its event did not happen. */
export const TurnTimings = z.object({
  /** The person's last sound. */
  speechEndAt: Timestamp.optional(),
  /** The final transcript. */
  sttFinalAt: Timestamp.optional(),
  /** The first text of the reply. */
  firstTokenAt: Timestamp.optional(),
  /** The voice sent the first audio of the reply. */
  firstAudioAt: Timestamp.optional(),
  /** The first audio of the reply was heard: its mark was returned. */
  firstHeardAt: Timestamp.optional(),
});
export type TurnTimings = z.output<typeof TurnTimings>;

/** The resources that a turn used, to compute its cost. */
export const TurnCounters = z.object({
  /** The duration of the recognised audio. */
  sttMs: z.int().min(0),
  charactersSynthesised: z.int().min(0),
  tokensUsed: z.int().min(0),
  /** Tokens of drafts that were discarded. */
  tokensWasted: z.int().min(0),
});
export type TurnCounters = z.output<typeof TurnCounters>;

/** Why the person's words got no reply. */
export const NoReplyReason = openEnum([
  'backchannel',
  'echo',
  'no-words',
  'agent-silent',
  'agent-unavailable',
  'call-over',
]);
export type NoReplyReason = z.output<typeof NoReplyReason>;

/**
 * One entry of a call's ledger: a finished turn. It is written once and never changed. Entries are numbered
 * from 1 without gaps; a greeting or reprompt is a turn of its own.
 */
export const TurnRecord = z.object({
  turnNo: z.int().min(1),
  turnId: TurnId,
  /** The words of the person; '' if only the agent spoke. */
  said: z.string(),
  reply: SpokenReply.optional(),
  /** Present if there is no reply. */
  noReplyReason: NoReplyReason.optional(),
  timings: TurnTimings,
  counters: TurnCounters,
  endedAt: Timestamp,
});
export type TurnRecord = z.output<typeof TurnRecord>;

export const turnRecordExample = {
  turnNo: 2,
  turnId: 'turn_01k9wm3v7hq2b8yjr5xet6c4dn',
  said: 'Do you have a table on Sunday?',
  reply: {
    kind: 'answer',
    text: 'Yes, at five, at six and at eight. Which one suits you?',
    heardText: 'Yes, at five, at six',
    cutBy: 'barge-in',
    heardMs: 1_480,
  },
  timings: {
    speechEndAt: '2026-01-02T03:04:12.100Z',
    sttFinalAt: '2026-01-02T03:04:12.360Z',
    firstTokenAt: '2026-01-02T03:04:12.700Z',
    firstAudioAt: '2026-01-02T03:04:12.850Z',
    firstHeardAt: '2026-01-02T03:04:12.990Z',
  },
  counters: { sttMs: 2_300, charactersSynthesised: 55, tokensUsed: 420, tokensWasted: 0 },
  endedAt: '2026-01-02T03:04:14.400Z',
} as const;
