import { z } from 'zod';
import { defineRequest } from '../define.js';
import { AgentId, CallId, ContactId, ConversationId, openEnum, RequestId, Timestamp } from '../fields.js';
import { pageOf, PageRequest } from '../pages.js';
import { CallEndReason } from './call-facts.js';
import { CallDirection } from './call.js';
import { TurnRecord, turnRecordExample } from './turn-record.js';

/** The state of a call. `ending` means that a hang-up was requested and the agent speaks its last words. */
export const CallStatus = openEnum(['initiated', 'ringing', 'answered', 'ending', 'ended', 'failed']);
export type CallStatus = z.output<typeof CallStatus>;

/** A call as REST shows it. */
export const CallView = z.object({
  id: CallId,
  direction: CallDirection,
  status: CallStatus,
  agentId: AgentId.optional(),
  /** Present once the first turn has begun. */
  conversationId: ConversationId.optional(),
  contactId: ContactId.optional(),
  createdAt: Timestamp,
  answeredAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
  endReason: CallEndReason.optional(),
  durationMs: z.int().min(0).optional(),
});
export type CallView = z.output<typeof CallView>;

const callExample = {
  id: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
  direction: 'inbound',
  status: 'ended',
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
  createdAt: '2026-01-02T03:04:05.678Z',
  answeredAt: '2026-01-02T03:04:07.700Z',
  endedAt: '2026-01-02T03:05:08.900Z',
  endReason: 'caller-hung-up',
  durationMs: 61_200,
} as const;

/** Lists calls, newest first. */
export const ListCalls = defineRequest('voice.list-calls', 1, {
  askedBy: ['sms-gateway'],
  input: PageRequest.extend({
    status: CallStatus.optional(),
    direction: CallDirection.optional(),
    conversationId: ConversationId.optional(),
  }),
  output: pageOf(CallView),
  summary: 'List calls, newest first.',
  exampleInput: { limit: 50 },
  exampleOutput: { data: [callExample], nextCursor: null, hasMore: false },
});

/** Reads one call; null if it does not exist. */
export const GetCall = defineRequest('voice.get-call', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ callId: CallId }),
  output: CallView.nullable(),
  summary: 'Read one call.',
  exampleInput: { callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: callExample,
});

/** Reads the finished turns of a call in order; null if the call does not exist. */
export const GetCallTranscript = defineRequest('voice.get-transcript', 1, {
  askedBy: ['sms-gateway'],
  input: PageRequest.extend({ callId: CallId }),
  output: pageOf(TurnRecord).nullable(),
  summary: 'Read the finished turns of a call in order.',
  exampleInput: { callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn', limit: 50 },
  exampleOutput: { data: [turnRecordExample], nextCursor: null, hasMore: false },
});

/** Ends a call; null if the call does not exist. A repeated request, or a request after the end, changes nothing. */
export const HangUpCall = defineRequest('voice.hang-up', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ requestId: RequestId, callId: CallId }),
  output: CallView.nullable(),
  summary: 'End a call.',
  exampleInput: { requestId: 'req_01k9wm3v7hq2b8yjr5xet6c4dn', callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: callExample,
});
