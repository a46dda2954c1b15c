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

/** Reads pages of conversations and messages as REST shows them. */
export abstract class ConversationReader {
  /** Reads the conversations older than `before`, newest first. */
  abstract conversations(
    filter: ConversationFilter,
    limit: number,
    before: ConversationId | undefined,
  ): Promise<ConversationView[]>;
  abstract conversation(id: ConversationId): Promise<ConversationView | undefined>;
  /** Reads the messages after this `seq`, in log order. Returns undefined for a conversation that does not exist. */
  abstract messages(
    id: ConversationId,
    filter: MessageFilter,
    limit: number,
    afterSeq: number,
  ): Promise<MessageView[] | undefined>;
  abstract message(id: MessageId): Promise<MessageView | undefined>;
}
