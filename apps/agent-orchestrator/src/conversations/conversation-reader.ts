import type { ConversationView, ListConversations, ListMessages, MessageView } from '@parley/contracts';
import type { ConversationId, MessageId } from '@parley/kernel';
import type { z } from 'zod';

type QuestionOf<C extends { input: z.ZodType }> = z.output<C['input']>;

/** Matches conversations that have all of these values; an undefined value matches any. */
export type ConversationFilter = Pick<
  QuestionOf<typeof ListConversations>,
  'status' | 'contactId' | 'agentId'
>;
export type MessageFilter = Pick<QuestionOf<typeof ListMessages>, 'direction' | 'channel' | 'author'>;

/** Conversations and messages as REST shows them, in pages. */
export abstract class ConversationReader {
  /** Newest first, those older than `before`. */
  abstract conversations(
    filter: ConversationFilter,
    limit: number,
    before: ConversationId | undefined,
  ): Promise<ConversationView[]>;
  abstract conversation(id: ConversationId): Promise<ConversationView | undefined>;
  /** In the order of the log, those after this `seq`. Undefined for a conversation that does not exist. */
  abstract messages(
    id: ConversationId,
    filter: MessageFilter,
    limit: number,
    afterSeq: number,
  ): Promise<MessageView[] | undefined>;
  abstract message(id: MessageId): Promise<MessageView | undefined>;
}
