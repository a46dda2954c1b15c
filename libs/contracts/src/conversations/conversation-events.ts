import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { LoopReason } from '../sms/sms-loop-detected.js';
import { AgentId, Channel, ContactId, ConversationId, openEnum, Timestamp } from '../fields.js';

/** A conversation between a contact and an agent began. */
export const ConversationCreated = defineEvent(
  'conversation.created',
  1,
  z.object({
    conversationId: ConversationId,
    contactId: ContactId,
    agentId: AgentId,
    channel: Channel,
    createdAt: Timestamp,
  }),
  {
    summary: 'A conversation between a contact and an agent began.',
    key: 'conversationId',
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
      channel: 'sms',
      createdAt: '2026-01-02T03:04:05.700Z',
    },
  },
);
export type ConversationCreated = DataOf<typeof ConversationCreated>;

/** The texts of a conversation look as if two machines were texting each other. An operator should look at it. */
export const ConversationFlagged = defineEvent(
  'conversation.flagged',
  1,
  z.object({ conversationId: ConversationId, channel: Channel, reason: LoopReason, flaggedAt: Timestamp }),
  {
    summary:
      'A conversation looks like two machines that answer each other; the agent does not answer for now.',
    key: 'conversationId',
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      channel: 'sms',
      reason: 'reply-cap',
      flaggedAt: '2026-01-02T03:04:05.700Z',
    },
  },
);
export type ConversationFlagged = DataOf<typeof ConversationFlagged>;

/** A conversation ended. Its messages stay readable. */
export const ConversationClosed = defineEvent(
  'conversation.closed',
  1,
  z.object({
    conversationId: ConversationId,
    contactId: ContactId,
    reason: openEnum(['merged']),
    /** With `merged`: the conversation that goes on instead. */
    mergedInto: ConversationId.optional(),
    closedAt: Timestamp,
  }),
  {
    summary: 'A conversation ended, such as because its contact continues in an older one.',
    key: 'conversationId',
    watchedBy: ['sms-gateway'],
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dp',
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      reason: 'merged',
      mergedInto: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      closedAt: '2026-01-02T03:04:05.700Z',
    },
  },
);
export type ConversationClosed = DataOf<typeof ConversationClosed>;

/** A conversation goes on for another one of the same person, which was closed. No message moves. */
export const ConversationMerged = defineEvent(
  'conversation.merged',
  1,
  z.object({
    conversationId: ConversationId,
    contactId: ContactId,
    /** The conversation that was closed. */
    mergedConversationId: ConversationId,
    mergedAt: Timestamp,
  }),
  {
    summary: 'A conversation goes on for another one of the same person, which was closed.',
    key: 'conversationId',
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
      mergedConversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dp',
      mergedAt: '2026-01-02T03:04:05.700Z',
    },
  },
);
export type ConversationMerged = DataOf<typeof ConversationMerged>;
