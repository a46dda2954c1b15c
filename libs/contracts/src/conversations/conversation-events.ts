import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { LoopReason } from '../sms/sms-loop-detected.js';
import { AgentId, Channel, ContactId, ConversationId, Timestamp } from '../fields.js';

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
    summary: 'A conversation looks like a loop of machines; the agent does not answer for now.',
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
