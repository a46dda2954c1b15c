import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { AgentId, CallId, ContactId, ConversationId, MessageId, Timestamp, TurnId } from '../fields.js';
import { CallEndReason } from './call-facts.js';
import { CallDirection } from './call.js';
import { NoReplyReason, SpokenReply, TurnTimings, turnRecordExample } from './turn-record.js';

const Call = z.object({
  conversationId: ConversationId,
  callId: CallId,
  contactId: ContactId,
  agentId: AgentId,
  direction: CallDirection,
  occurredAt: Timestamp,
});
const callExample = {
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
  contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  direction: 'inbound',
  occurredAt: '2026-01-02T03:04:05.678Z',
} as const;

/** A call began, from the person or from us. */
export const CallInitiated = defineEvent('call.initiated', 1, Call, {
  summary: 'A call began.',
  key: 'conversationId',
  example: callExample,
});
export type CallInitiated = DataOf<typeof CallInitiated>;

/** The called phone rings. */
export const CallRinging = defineEvent('call.ringing', 1, Call, {
  summary: 'A call rings.',
  key: 'conversationId',
  example: callExample,
});
export type CallRinging = DataOf<typeof CallRinging>;

/** Both sides can speak. */
export const CallAnswered = defineEvent('call.answered', 1, Call, {
  summary: 'A call was answered.',
  key: 'conversationId',
  example: callExample,
});
export type CallAnswered = DataOf<typeof CallAnswered>;

/** An answered call ended. */
export const CallEnded = defineEvent(
  'call.ended',
  1,
  Call.extend({
    reason: CallEndReason.optional(),
    /** The time since the call was answered. */
    durationMs: z.int().min(0).optional(),
  }),
  {
    summary: 'An answered call ended.',
    key: 'conversationId',
    example: { ...callExample, reason: 'caller-hung-up', durationMs: 61_200 },
  },
);
export type CallEnded = DataOf<typeof CallEnded>;

/** A call was not answered, or failed. */
export const CallFailed = defineEvent('call.failed', 1, Call.extend({ reason: CallEndReason.optional() }), {
  summary: 'A call was not answered, or failed.',
  key: 'conversationId',
  example: { ...callExample, reason: 'no-answer' },
});
export type CallFailed = DataOf<typeof CallFailed>;

const CallTurn = z.object({
  conversationId: ConversationId,
  callId: CallId,
  turnId: TurnId,
  /** The turn's number in its call, from 1. */
  turnNo: z.int().min(1),
});
const turnExample = {
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
  turnId: turnRecordExample.turnId,
  turnNo: turnRecordExample.turnNo,
} as const;

/** A turn of a call ended and is in the log. */
export const CallTurnCompleted = defineEvent(
  'call.turn-completed',
  1,
  CallTurn.extend({
    /** The person's words, and the id of their message in the log; absent if only the agent spoke. */
    said: z.object({ messageId: MessageId, text: z.string() }).optional(),
    /** The agent's reply, the part of it that was heard, and its message in the log. */
    reply: SpokenReply.extend({ messageId: MessageId }).optional(),
    noReplyReason: NoReplyReason.optional(),
    timings: TurnTimings,
    occurredAt: Timestamp,
  }),
  {
    summary: 'A turn of a call ended, with the words of the person and the heard part of the reply.',
    key: 'conversationId',
    watchedBy: ['sms-gateway'],
    example: {
      ...turnExample,
      said: { messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn', text: turnRecordExample.said },
      reply: { ...turnRecordExample.reply, messageId: 'msg_01k9wm4v7hq2b8yjr5xet6c4dn' },
      timings: turnRecordExample.timings,
      occurredAt: turnRecordExample.endedAt,
    },
  },
);
export type CallTurnCompleted = DataOf<typeof CallTurnCompleted>;

/** The person interrupted the agent's reply. */
export const CallInterrupted = defineEvent(
  'call.interrupted',
  1,
  CallTurn.extend({ text: z.string(), heardText: z.string(), occurredAt: Timestamp }),
  {
    summary: "The person interrupted the agent's reply.",
    key: 'conversationId',
    example: {
      ...turnExample,
      text: turnRecordExample.reply.text,
      heardText: turnRecordExample.reply.heardText,
      occurredAt: turnRecordExample.endedAt,
    },
  },
);
export type CallInterrupted = DataOf<typeof CallInterrupted>;
