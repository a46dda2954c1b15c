import { ConversationId, MessageId, MessageView, Timestamp } from '@parley/contracts';
import { z } from 'zod';
import { ClientMessageId } from './client-frames.js';

/** A message as the person in a chat sees it. */
export const ChatMessage = MessageView.pick({
  id: true,
  conversationId: true,
  seq: true,
  channel: true,
  author: true,
  text: true,
  media: true,
  createdAt: true,
});
export type ChatMessage = z.output<typeof ChatMessage>;

/** Why a frame had no effect. With a `clientMessageId` the message of that id was not accepted. */
export const ErrorCode = z.enum([
  'malformed-frame',
  'client-message-id-reused',
  'thread-unknown',
  'too-many-messages',
  'unavailable',
]);
export type ErrorCode = z.output<typeof ErrorCode>;

/** Why the server closes a socket. */
export const ClosingReason = z.enum([
  'session-expired',
  'malformed-frames',
  'too-many-frames',
  'slow-reader',
  'restart',
]);
export type ClosingReason = z.output<typeof ClosingReason>;

/** A frame to a client of the sub-protocol `parley.chat.v1`. A client ignores types that it does not know. */
export const ServerFrame = z.discriminatedUnion('type', [
  z
    .object({ type: z.literal('ready'), expiresAt: Timestamp })
    .describe('The first frame: the session is open until this time'),
  z
    .object({ type: z.literal('accepted'), clientMessageId: ClientMessageId, messageId: MessageId })
    .describe(
      'A message of this client is stored for good; `message` follows when it is in the conversation',
    ),
  z.object({ type: z.literal('message'), message: ChatMessage }).describe('A message of the conversation'),
  z
    .object({ type: z.literal('typing'), isTyping: z.boolean() })
    .describe('The agent begins a draft, or drops it. A message of the agent ends a draft as well'),
  z
    .object({ type: z.literal('delta'), draftId: z.uuid(), offset: z.int().min(0), text: z.string() })
    .describe(
      'A part of the draft, at `offset` UTF-16 code units. Offset 0 begins a new draft; after a gap, wait for the message',
    ),
  z
    .object({
      type: z.literal('status'),
      state: z.enum(['current', 'delayed']),
      conversationId: ConversationId.optional(),
      lastSeq: z.int().min(0).optional(),
    })
    .describe('The client has all messages up to `lastSeq`; or messages are delayed at present'),
  z
    .object({
      type: z.literal('error'),
      code: ErrorCode,
      detail: z.string(),
      clientMessageId: ClientMessageId.optional(),
    })
    .describe('A frame of the client had no effect'),
  z
    .object({ type: z.literal('closing'), reason: ClosingReason, retryAfterMs: z.int().min(0) })
    .describe('The last frame: the server closes the socket; reconnect after this time and resume'),
  z.object({ type: z.literal('pong') }).describe('The answer to a ping'),
]);
export type ServerFrame = z.output<typeof ServerFrame>;
