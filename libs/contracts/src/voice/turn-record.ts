import { z } from 'zod';
import { openEnum, Timestamp, TurnId } from '../fields.js';

/**
 * What kind of saying of ours it is. Only an `answer` comes from the orchestrator; the others are the agent's set
 * phrases.
 */
export const SpokenKind = openEnum(['answer', 'greeting', 'reprompt', 'filler', 'apology', 'goodbye']);
export type SpokenKind = z.output<typeof SpokenKind>;

/** Something we said, and how much of it arrived. */
export const SpokenReply = z.object({
  kind: SpokenKind,
  /** All that was to be said, as it is written (not as it is pronounced). */
  text: z.string(),
  /** What of it was really heard, as it is written: a beginning of `text`, all of it, or '' when playback never began. */
  heardText: z.string(),
  /** Why the rest was not heard; absent when all was. */
  cutBy: openEnum(['barge-in', 'hang-up', 'connection-lost', 'failure']).optional(),
  /** How much audio of it was heard. */
  heardMs: z.int().min(0),
});
export type SpokenReply = z.output<typeof SpokenReply>;

/** Moments of a turn by the clock of the process that held the call. One that did not happen is absent. */
export const TurnTimings = z.object({
  /** The person's last sound. */
  speechEndAt: Timestamp.optional(),
  /** The recogniser's final words. */
  sttFinalAt: Timestamp.optional(),
  /** The first text of the reply. */
  firstTokenAt: Timestamp.optional(),
  /** The first audio of the reply came from speech synthesis. */
  firstAudioAt: Timestamp.optional(),
  /** The first audio of the reply was heard: its mark came back. */
  firstHeardAt: Timestamp.optional(),
});
export type TurnTimings = z.output<typeof TurnTimings>;

/** What a turn used, for cost. */
export const TurnCounters = z.object({
  /** Audio that was recognised. */
  sttMs: z.int().min(0),
  charactersSynthesised: z.int().min(0),
  tokensUsed: z.int().min(0),
  /** Of drafts that were dropped. */
  tokensWasted: z.int().min(0),
});
export type TurnCounters = z.output<typeof TurnCounters>;

/** Why nothing was answered to what was said. */
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
 * One entry of a call's ledger: a turn that is over. Written once and never changed. Numbers run from 1 without a gap:
 * a turn that was given a number ends as an entry, even an empty one. A greeting or reprompt is a turn of its own.
 */
export const TurnRecord = z.object({
  turnNo: z.int().min(1),
  turnId: TurnId,
  /** What the person said; '' when the turn was ours alone. */
  said: z.string(),
  reply: SpokenReply.optional(),
  /** Present when there is no reply. */
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
