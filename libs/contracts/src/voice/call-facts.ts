import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { openEnum, Timestamp } from '../fields.js';
import { secret } from '../secret.js';
import { CallOrigin, callOriginExample } from './call.js';
import { TurnRecord, turnRecordExample } from './turn-record.js';

/** How a call ended, or why it never began. */
export const CallEndReason = openEnum([
  'caller-hung-up',
  'agent-hung-up',
  'hung-up-by-request',
  'silence',
  'too-long',
  'busy',
  'no-answer',
  'rejected',
  'cancelled',
  'connection-lost',
  'vendor-error',
  'no-capacity',
  'recogniser-unavailable',
  'voice-unavailable',
]);
export type CallEndReason = z.output<typeof CallEndReason>;

/** The state of a call changed. `failed` means that the call was never answered or could not be served. */
export const CallStateChanged = defineFact(
  'call.state-changed',
  1,
  CallOrigin.extend({
    state: openEnum(['initiated', 'ringing', 'answered', 'ended', 'failed']),
    /** Set with `ended` and `failed`. */
    reason: CallEndReason.optional(),
    /** With `ended`: the time since the call was answered. */
    durationMs: z.int().min(0).optional(),
    /**
     * With `ended` and `failed`: the number of the call's ledger entries. Texts wait until all of them are in
     * the log.
     */
    turnCount: z.int().min(0).optional(),
    occurredAt: Timestamp,
  }),
  {
    summary: 'A call began, rang, was answered, ended or failed.',
    key: 'callId',
    publishedBy: 'voice-bridge',
    consumers: ['agent-orchestrator'],
    example: {
      ...callOriginExample,
      state: 'ended',
      reason: 'caller-hung-up',
      durationMs: 61_200,
      turnCount: 9,
      occurredAt: '2026-01-02T03:05:08.900Z',
    },
  },
);
export type CallStateChanged = DataOf<typeof CallStateChanged>;

/**
 * A turn of a call ended. This is the durable copy of its ledger entry, which the request of a later turn may
 * also contain.
 */
export const SpokenTurnCompleted = defineFact(
  'call.turn-completed',
  1,
  CallOrigin.extend(TurnRecord.shape).extend({
    said: secret(TurnRecord.shape.said),
    reply: secret(TurnRecord.shape.reply.unwrap()).optional(),
  }),
  {
    summary: 'A turn of a call ended, with the words of the person and the heard part of the reply.',
    key: 'callId',
    publishedBy: 'voice-bridge',
    consumers: ['agent-orchestrator'],
    example: { ...callOriginExample, ...turnRecordExample },
  },
);
export type SpokenTurnCompleted = DataOf<typeof SpokenTurnCompleted>;
