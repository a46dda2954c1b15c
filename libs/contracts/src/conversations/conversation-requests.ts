import { z } from 'zod';
import { defineRequest } from '../define.js';
import {
  AgentId,
  CallId,
  Channel,
  ContactId,
  ConversationId,
  MessageId,
  openEnum,
  PhoneNumber,
  ThreadId,
  Timestamp,
} from '../fields.js';
import { pageOf, PageRequest } from '../pages.js';
import { InboundMedia } from '../sms/inbound-media.js';
import { LoopReason } from '../sms/sms-loop-detected.js';
import { AnsweredBy, Author } from './message-events.js';

/** A conversation as REST shows it. */
export const ConversationView = z.object({
  id: ConversationId,
  contactId: ContactId,
  agentId: AgentId,
  status: openEnum(['open', 'closed']),
  messageCount: z.int().min(0),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** When the texts last looked as if two machines were texting each other, and the reason. */
  flag: z.object({ reason: LoopReason, flaggedAt: Timestamp }).optional(),
});
export type ConversationView = z.output<typeof ConversationView>;

/**
 * The status of a message. Only messages of the contact are `received`; all other statuses are for messages
 * to the contact. An `accepted` message is not in the log yet.
 */
export const MessageStatus = openEnum([
  'received',
  'accepted',
  'queued',
  'unconfirmed',
  'sent',
  'delivered',
  'read',
  'undelivered',
  'failed',
]);
export type MessageStatus = z.output<typeof MessageStatus>;

/** A message of a conversation's log as REST shows it. */
export const MessageView = z.object({
  id: MessageId,
  conversationId: ConversationId,
  seq: z.int().min(1),
  channel: Channel,
  direction: openEnum(['inbound', 'outbound']),
  author: Author,
  text: z.string(),
  /** Photos and files of the message. */
  media: z.array(InboundMedia).optional(),
  answeredBy: AnsweredBy.optional(),
  /** For a reply in a call: the heard part of `text`, from its beginning. */
  heardText: z.string().optional(),
  /** The call of a spoken message. */
  callId: CallId.optional(),
  status: MessageStatus,
  /** The carrier's or vendor's error code, if it gave one. */
  errorCode: z.string().optional(),
  /** Why the message failed if there is no error code, such as `opted-out`. */
  failureReason: z.string().optional(),
  createdAt: Timestamp,
});
export type MessageView = z.output<typeof MessageView>;

const conversationExample = {
  id: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  contactId: 'ctc_01k9wm3v7hq2b8yjr5xet6c4dn',
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  status: 'open',
  messageCount: 2,
  createdAt: '2026-01-02T03:04:05.700Z',
  updatedAt: '2026-01-02T03:04:07.000Z',
} as const;

const messageExample = {
  id: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  seq: 1,
  channel: 'sms',
  direction: 'inbound',
  author: 'contact',
  text: 'Hello! Are you open on Sunday?',
  status: 'received',
  createdAt: '2026-01-02T03:04:05.700Z',
} as const;

/** Lists conversations, newest first. */
export const ListConversations = defineRequest('orchestrator.list-conversations', 1, {
  askedBy: ['sms-gateway'],
  input: PageRequest.extend({
    status: ConversationView.shape.status.optional(),
    contactId: ContactId.optional(),
    agentId: AgentId.optional(),
  }),
  output: pageOf(ConversationView),
  summary: 'List conversations, newest first.',
  exampleInput: { limit: 50 },
  exampleOutput: { data: [conversationExample], nextCursor: null, hasMore: false },
});

/** Lists one conversation's messages in the order of its log; null if the conversation does not exist. */
export const ListMessages = defineRequest('orchestrator.list-messages', 1, {
  askedBy: ['sms-gateway'],
  input: PageRequest.extend({
    conversationId: ConversationId,
    direction: MessageView.shape.direction.optional(),
    channel: Channel.optional(),
    author: Author.optional(),
  }),
  output: pageOf(MessageView).nullable(),
  summary: 'List the messages of a conversation in the order of its log.',
  exampleInput: { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn', limit: 50 },
  exampleOutput: { data: [messageExample], nextCursor: null, hasMore: false },
});

/** Reads one message of the log; null if it does not exist. */
export const GetMessage = defineRequest('orchestrator.get-message', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ messageId: MessageId }),
  output: MessageView.nullable(),
  summary: 'Read one message of the log.',
  exampleInput: { messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: messageExample,
});

/** Reads one conversation; null if it does not exist. */
export const GetConversation = defineRequest('orchestrator.get-conversation', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ conversationId: ConversationId }),
  output: ConversationView.nullable(),
  summary: 'Read one conversation.',
  exampleInput: { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: conversationExample,
});

/**
 * Asks how to text the contact of a conversation: on the thread of their latest text or, without a thread, at
 * their number from the agent's number, as far as known. Null if the conversation does not exist.
 */
export const GetTextAddress = defineRequest('orchestrator.get-text-address', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ conversationId: ConversationId }),
  output: z
    .object({
      threadId: ThreadId.optional(),
      to: PhoneNumber.optional(),
      from: PhoneNumber.optional(),
    })
    .nullable(),
  summary: 'Ask how to text the contact of a conversation.',
  exampleInput: { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: { to: '+15550100001', from: '+15550100000' },
});
