import { Controller } from '@nestjs/common';
import { GetConversation, GetMessage, ListConversations, ListMessages, pageFrom } from '@parley/contracts';
import { parseId, type ConversationId } from '@parley/kernel';
import { Answers, RpcFailure } from '@parley/messaging';
import type { z } from 'zod';
import { ConversationReader } from './conversation-reader.js';

type AnswerTo<C extends { output: z.ZodType }> = z.output<C['output']>;
type QuestionOf<C extends { input: z.ZodType }> = z.output<C['input']>;

/** rpc.orchestrator.list-…, get-… → a page of the log, or one entry */
@Controller()
export class ConversationsResponder {
  constructor(private readonly reader: ConversationReader) {}

  @Answers(ListConversations)
  async listConversations({
    limit,
    cursor,
    ...filter
  }: QuestionOf<typeof ListConversations>): Promise<AnswerTo<typeof ListConversations>> {
    const before = cursor === undefined ? undefined : conversationCursor(cursor);
    return pageFrom(await this.reader.conversations(filter, limit + 1, before), limit, ({ id }) => id);
  }

  @Answers(ListMessages)
  async listMessages({
    conversationId,
    limit,
    cursor,
    ...filter
  }: QuestionOf<typeof ListMessages>): Promise<AnswerTo<typeof ListMessages>> {
    const afterSeq = cursor === undefined ? 0 : seqCursor(cursor);
    const messages = await this.reader.messages(conversationId, filter, limit + 1, afterSeq);
    return messages ? pageFrom(messages, limit, ({ seq }) => String(seq)) : null;
  }

  @Answers(GetConversation)
  async getConversation({
    conversationId,
  }: QuestionOf<typeof GetConversation>): Promise<AnswerTo<typeof GetConversation>> {
    return (await this.reader.conversation(conversationId)) ?? null;
  }

  @Answers(GetMessage)
  async getMessage({ messageId }: QuestionOf<typeof GetMessage>): Promise<AnswerTo<typeof GetMessage>> {
    return (await this.reader.message(messageId)) ?? null;
  }
}

function conversationCursor(cursor: string): ConversationId {
  const id = parseId('conv', cursor);
  if (!id) throw invalidCursor();
  return id;
}

function seqCursor(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw invalidCursor();
  return Number(cursor);
}

function invalidCursor(): RpcFailure {
  return new RpcFailure(
    'invalid-cursor',
    'The cursor does not belong to this list; use the nextCursor of one of its pages',
  );
}
