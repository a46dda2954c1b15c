import { z } from 'zod';
import { MessageView } from '../conversations/conversation-requests.js';
import { defineRequest } from '../define.js';
import { ConversationId, ThreadId } from '../fields.js';
import { MAX_PAGE_LIMIT } from '../pages.js';

/**
 * A position in a chat: the last message that the reader has of a conversation. Without a conversation it is the
 * beginning of whichever conversation the thread has.
 */
export const ChatPosition = z.object({ conversationId: ConversationId.optional(), seq: z.int().min(0) });
export type ChatPosition = z.output<typeof ChatPosition>;

/**
 * Reads the messages that the person on a web thread may see, in log order: those after a position, or the newest
 * ones. A position in another conversation than the thread's present one reads the present one from its beginning.
 * Null while the thread has no conversation.
 */
export const ReadChat = defineRequest('orchestrator.read-chat', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({
    threadId: ThreadId,
    after: ChatPosition.optional(),
    limit: z.int().min(1).max(MAX_PAGE_LIMIT),
  }),
  output: z
    .object({ conversationId: ConversationId, data: z.array(MessageView), hasMore: z.boolean() })
    .nullable(),
  summary: 'Read the messages of a web chat.',
  exampleInput: {
    threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
    after: { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn', seq: 0 },
    limit: 50,
  },
  exampleOutput: {
    conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
    data: [
      {
        id: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
        conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
        seq: 1,
        channel: 'web',
        direction: 'inbound',
        author: 'contact',
        text: 'Hello! Are you open on Sunday?',
        status: 'received',
        createdAt: '2026-01-02T03:04:05.700Z',
      },
    ],
    hasMore: false,
  },
});
export type ChatPage = NonNullable<z.output<typeof ReadChat.output>>;

/** Asks for the web thread of a conversation; null if its contact has never written in web chat, or it does not exist. */
export const GetChatThread = defineRequest('orchestrator.get-chat-thread', 1, {
  askedBy: ['sms-gateway'],
  input: z.object({ conversationId: ConversationId }),
  output: z.object({ threadId: ThreadId }).nullable(),
  summary: 'Ask for the web thread of a conversation.',
  exampleInput: { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
});
