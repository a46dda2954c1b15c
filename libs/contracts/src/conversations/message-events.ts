import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { InboundMedia } from '../sms/inbound-media.js';
import { Channel, ConversationId, MessageId, openEnum, Timestamp, TurnId } from '../fields.js';

/** The author of a message: the contact, the agent, or an operator (`human`). */
export const Author = openEnum(['contact', 'agent', 'human']);
export type Author = z.output<typeof Author>;

/**
 * Who answered a text (STOP, START, HELP) instead of the agent. `nobody` means that the text gets no reply.
 */
export const AnsweredBy = openEnum(['carrier', 'gateway', 'nobody']);
export type AnsweredBy = z.output<typeof AnsweredBy>;

const LoggedMessage = z.object({
  conversationId: ConversationId,
  messageId: MessageId,
  /** Position in the conversation's log, from 1, without gaps. */
  seq: z.int().min(1),
  channel: Channel,
  author: Author,
  text: z.string(),
});

/** A message of the contact was added to the log. */
export const MessageReceived = defineEvent(
  'message.received',
  1,
  LoggedMessage.extend({
    receivedAt: Timestamp,
    /** Photos and files of the message. */
    media: z.array(InboundMedia).optional(),
    answeredBy: AnsweredBy.optional(),
  }),
  {
    summary: 'A message from the contact was added to the log.',
    key: 'conversationId',
    watchedBy: ['sms-gateway'],
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      seq: 1,
      channel: 'sms',
      author: 'contact',
      text: 'Hello! Are you open on Sunday?',
      receivedAt: '2026-01-02T03:04:05.678Z',
    },
  },
);
export type MessageReceived = DataOf<typeof MessageReceived>;

/** A message to the contact was added to the log. Its channel will send it. */
export const MessageQueued = defineEvent(
  'message.queued',
  1,
  LoggedMessage.extend({ turnId: TurnId.optional(), queuedAt: Timestamp }),
  {
    summary: 'A message to the contact was added to the log and handed to its channel.',
    key: 'conversationId',
    watchedBy: ['sms-gateway'],
    example: {
      conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      seq: 2,
      channel: 'sms',
      author: 'agent',
      text: 'Yes, from 10 to 16. Shall I keep a table for you?',
      turnId: 'turn_01k9wm3v7hq2b8yjr5xet6c4dn',
      queuedAt: '2026-01-02T03:04:07.000Z',
    },
  },
);
export type MessageQueued = DataOf<typeof MessageQueued>;

const MessageProgress = z.object({
  conversationId: ConversationId,
  messageId: MessageId,
  channel: Channel,
  occurredAt: Timestamp,
});
const MessageFailure = MessageProgress.extend({
  /** The carrier's or vendor's error code, if it gave one. */
  errorCode: z.string().optional(),
  reason: z.string().optional(),
});
const progressExample = {
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
  channel: 'sms',
  occurredAt: '2026-01-02T03:04:09.000Z',
} as const;

/** It is unknown whether the channel sent the message. A later event may report it. */
export const MessageUnconfirmed = defineEvent('message.unconfirmed', 1, MessageProgress, {
  summary: 'It is unknown whether a message was sent; it is not sent again automatically.',
  key: 'conversationId',
  example: progressExample,
});

/** The channel's carrier accepted the message. */
export const MessageSent = defineEvent('message.sent', 1, MessageProgress, {
  summary: 'The carrier accepted a message to the contact.',
  key: 'conversationId',
  example: progressExample,
});

/** The message reached the contact's device. */
export const MessageDelivered = defineEvent('message.delivered', 1, MessageProgress, {
  summary: "A message reached the contact's device.",
  key: 'conversationId',
  example: progressExample,
});

/** The contact opened the message, if the channel reports that. */
export const MessageRead = defineEvent('message.read', 1, MessageProgress, {
  summary: 'The contact opened a message.',
  key: 'conversationId',
  example: progressExample,
});

/** The carrier accepted the message and could not deliver it. */
export const MessageUndelivered = defineEvent('message.undelivered', 1, MessageFailure, {
  summary: 'The carrier could not deliver a message.',
  key: 'conversationId',
  example: { ...progressExample, errorCode: '30003' },
});

/** The message was not sent. */
export const MessageFailed = defineEvent('message.failed', 1, MessageFailure, {
  summary: 'A message could not be sent.',
  key: 'conversationId',
  example: { ...progressExample, errorCode: '21211' },
});
