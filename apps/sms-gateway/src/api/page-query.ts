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

/** Which page a list route is asked for, in its query string. */
export const PageQuery = PageRequest.extend({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_LIMIT).default(DEFAULT_PAGE_LIMIT),
  cursor: z.string().min(1).max(200).optional(),
}).strict();

/** Which dead letters are asked for; a place among them takes more room than elsewhere. */
export const DeadLettersQuery = PageQuery.extend({ cursor: z.string().min(1).max(1_000).optional() });
export type DeadLettersQuery = z.output<typeof DeadLettersQuery>;

/** Which conversations are asked for. A value that we do not know is the caller's mistake here. */
export const ConversationsQuery = PageQuery.extend({
  status: ConversationView.shape.status.unwrap().exclude(['unknown']).optional(),
  contactId: ContactId.optional(),
  agentId: AgentId.optional(),
});
export type ConversationsQuery = z.output<typeof ConversationsQuery>;

/** Which messages of a conversation are asked for. */
export const MessagesQuery = PageQuery.extend({
  direction: MessageView.shape.direction.unwrap().exclude(['unknown']).optional(),
  channel: Channel.unwrap().exclude(['unknown']).optional(),
  author: Author.unwrap().exclude(['unknown']).optional(),
});
export type MessagesQuery = z.output<typeof MessagesQuery>;

/** Which calls are asked for. */
export const CallsQuery = PageQuery.extend({
  status: CallStatus.unwrap().exclude(['unknown']).optional(),
  direction: CallDirection.unwrap().exclude(['unknown']).optional(),
  conversationId: ConversationId.optional(),
});
export type CallsQuery = z.output<typeof CallsQuery>;

/** Which turns of a call are asked for. */
export const TranscriptQuery = PageQuery;
export type TranscriptQuery = z.output<typeof TranscriptQuery>;
