import { z } from 'zod';
import { defineLive, defineLiveRequest, type LiveDataOf } from '../define-live.js';
import { CallId, ContactId, ConversationId, openEnum, TurnId } from '../fields.js';
import { jsonBytes } from '../pages.js';
import { CallOrigin, callOriginExample } from './call.js';
import { TurnRecord, turnRecordExample } from './turn-record.js';

export const MAX_LEDGER_ENTRIES = 20;
export const MAX_LEDGER_BYTES = 16_384;

/**
 * A random token that the process of a call session creates. Only turns with the token that leased the call's lane run.
 */
export const LaneToken = z.uuid();

/**
 * The oldest ledger entries that the orchestrator has not acknowledged, within the limits of one request.
 */
const UnacknowledgedLedger = z
  .array(TurnRecord)
  .max(MAX_LEDGER_ENTRIES)
  .refine((entries) => jsonBytes(entries) <= MAX_LEDGER_BYTES, {
    error: `must take at most ${MAX_LEDGER_BYTES} bytes`,
  });

/**
 * Requests the agent's turn in a call. The orchestrator adds the ledger entries to the log before it asks the
 * model. Refused as `lane-lost` (another token holds the lane), `call-over`, `call-unknown` (a speculative
 * turn of a new call), `needs-confirmation` (a speculative turn that would use a tool), `overloaded`,
 * `model-failed`, `unavailable`.
 */
export const VoiceTurn = defineLiveRequest('voice.turn', 1, {
  key: 'callId',
  askedBy: ['voice-bridge'],
  answeredBy: 'agent-orchestrator',
  input: z.object({
    callId: CallId,
    call: CallOrigin,
    turnNo: z.int().min(1),
    turnId: TurnId,
    /** The number of the attempt, from 1. A new attempt cancels the previous attempt. */
    attempt: z.int().min(1),
    laneToken: LaneToken,
    /** The words of the person. */
    said: z.string(),
    /**
     * True if the end of turn is a guess. The orchestrator then stores nothing and runs no tool, and the
     * ledger may be empty.
     */
    isSpeculative: z.boolean(),
    ledger: UnacknowledgedLedger,
  }),
  chunk: z.object({ turnId: TurnId, attempt: z.int().min(1), text: z.string().min(1) }),
  end: z.object({
    turnId: TurnId,
    attempt: z.int().min(1),
    finishReason: openEnum(['complete', 'no-reply', 'cancelled']),
    /**
     * The number of the last ledger entry up to which all are in the log and need not be sent again; 0 if none is.
     */
    ledgerMergedThrough: z.int().min(0),
    conversationId: ConversationId,
    contactId: ContactId,
    usage: z.object({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }).optional(),
  }),
  summary: 'Ask the agent for its turn in a call; the answer streams its words.',
  exampleInput: {
    callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
    call: callOriginExample,
    turnNo: 3,
    turnId: 'turn_01k9wm4v7hq2b8yjr5xet6c4dn',
    attempt: 1,
    laneToken: '0b8f6a52-7c1d-4b0e-9a53-3f1f1c9e2d77',
    said: 'At six, please.',
    isSpeculative: false,
    ledger: [turnRecordExample],
  },
  exampleChunk: { turnId: 'turn_01k9wm4v7hq2b8yjr5xet6c4dn', attempt: 1, text: 'Done: a table at six.' },
  exampleEnd: {
    turnId: 'turn_01k9wm4v7hq2b8yjr5xet6c4dn',
    attempt: 1,
    finishReason: 'complete',
    ledgerMergedThrough: 2,
    conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
    contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
    usage: { inputTokens: 410, outputTokens: 10 },
  },
});
export type VoiceTurn = z.output<typeof VoiceTurn.input>;
export type VoiceTurnChunk = z.output<typeof VoiceTurn.chunk>;
export type VoiceTurnEnd = z.output<typeof VoiceTurn.end>;

/** Makes the orchestrator stop this attempt of a turn, or an earlier attempt. */
export const CancelVoiceTurn = defineLive(
  'voice.cancel',
  1,
  z.object({ callId: CallId, turnId: TurnId, attempt: z.int().min(1) }),
  {
    summary: "Cancel the agent's turn in a call.",
    key: 'callId',
    publishedBy: 'voice-bridge',
    consumer: 'agent-orchestrator',
    receivedBy: 'every-replica',
    example: {
      callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
      turnId: 'turn_01k9wm3v7hq2b8yjr5xet6c4dn',
      attempt: 1,
    },
  },
);
export type CancelVoiceTurn = LiveDataOf<typeof CancelVoiceTurn>;

/**
 * Reports that a call continues. voice-bridge sends this every 5 s while nobody speaks, so that the call's
 * lane stays leased and texts wait for the call.
 */
export const CallAlive = defineLive('voice.alive', 1, z.object({ callId: CallId, laneToken: LaneToken }), {
  summary: 'A call continues, so its lane stays leased.',
  key: 'callId',
  publishedBy: 'voice-bridge',
  consumer: 'agent-orchestrator',
  receivedBy: 'one-replica',
  example: {
    callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
    laneToken: '0b8f6a52-7c1d-4b0e-9a53-3f1f1c9e2d77',
  },
});
export type CallAlive = LiveDataOf<typeof CallAlive>;
