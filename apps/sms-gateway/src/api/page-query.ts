import {
  AgentId,
  Author,
  CallDirection,
  CallStatus,
  Channel,
  ContactId,
  ConversationId,
  ConversationView,
  DEFAULT_PAGE_LIMIT,
  MAX_PAGE_LIMIT,
  MessageView,
  PageRequest,
} from '@parley/contracts';
import { z } from 'zod';

/** The query string of a list route. */
export const PageQuery = PageRequest.extend({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_LIMIT).default(DEFAULT_PAGE_LIMIT),
  cursor: z.string().min(1).max(200).optional(),
}).strict();

/** The query string for dead letters, whose cursors are longer than others. */
export const DeadLettersQuery = PageQuery.extend({ cursor: z.string().min(1).max(1_000).optional() });
export type DeadLettersQuery = z.output<typeof DeadLettersQuery>;

/** The query string for conversations. An unknown value of a filter is refused. */
export const ConversationsQuery = PageQuery.extend({
  status: ConversationView.shape.status.unwrap().exclude(['unknown']).optional(),
  contactId: ContactId.optional(),
  agentId: AgentId.optional(),
});
export type ConversationsQuery = z.output<typeof ConversationsQuery>;

/** The query string for a conversation's messages. */
export const MessagesQuery = PageQuery.extend({
  direction: MessageView.shape.direction.unwrap().exclude(['unknown']).optional(),
  channel: Channel.unwrap().exclude(['unknown']).optional(),
  author: Author.unwrap().exclude(['unknown']).optional(),
});
export type MessagesQuery = z.output<typeof MessagesQuery>;

/** The query string for calls. */
export const CallsQuery = PageQuery.extend({
  status: CallStatus.unwrap().exclude(['unknown']).optional(),
  direction: CallDirection.unwrap().exclude(['unknown']).optional(),
  conversationId: ConversationId.optional(),
});
export type CallsQuery = z.output<typeof CallsQuery>;

/** The query string for a call's turns. */
export const TranscriptQuery = PageQuery;
export type TranscriptQuery = z.output<typeof TranscriptQuery>;
