import { Injectable } from '@nestjs/common';
import { GetChatThread, GetTextAddress } from '@parley/contracts';
import { type ConversationId, type E164, parsePersonNumber } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import type { ProblemKind } from '@parley/service-kit';
import { apiProblems } from '../api-problems.js';
import { type SendingLine, TextThreads } from '../text-threads.js';
import type { SendMessageRequest } from './message-resource.js';

/** Where a message goes: to a conversation's thread, or to a number from a line. Both if the conversation has no thread. */
export interface Recipient {
  readonly channel: 'sms' | 'web';
  readonly conversationId?: ConversationId;
  readonly number?: { readonly to: E164; readonly line: SendingLine };
}

/** A wrong field of a request, with the problem. */
export interface WrongField {
  readonly kind: ProblemKind;
  readonly field: keyof SendMessageRequest;
  readonly detail?: string;
}

/** Finds the recipient of a message and the line that texts them. */
@Injectable()
export class FindRecipient {
  constructor(
    private readonly textThreads: TextThreads,
    private readonly rpc: RpcClient,
  ) {}

  /** Returns all wrong fields if the request names no person that we can text. */
  async execute({
    to,
    from,
    conversationId,
  }: SendMessageRequest): Promise<Recipient | readonly WrongField[]> {
    if (conversationId !== undefined) return this.#ofConversation(conversationId);
    const person = parsePersonNumber(to ?? '');
    const line = from === undefined ? this.textThreads.defaultLine : await this.textThreads.findLine(from);
    const isTextable = person !== undefined && !this.textThreads.isLine(person);
    if (isTextable && line) return { channel: 'sms', number: { to: person, line } };
    const invalidNumber = {
      kind: apiProblems.invalidNumber,
      field: 'to',
      detail: 'must be a phone number like +15550100001, and not one of our own',
    } as const;
    return [
      ...(isTextable ? [] : [invalidNumber]),
      ...(line ? [] : [{ kind: apiProblems.unknownSender, field: 'from' } as const]),
    ];
  }

  async #ofConversation(conversationId: ConversationId): Promise<Recipient | readonly WrongField[]> {
    const wrong = (kind: ProblemKind) => [{ kind, field: 'conversationId' } as const];
    const address = await this.rpc.request(GetTextAddress, { conversationId });
    if (!address) return wrong(apiProblems.unknownConversation);
    if (address.threadId) return { conversationId, channel: 'sms' };
    const chat = await this.rpc.request(GetChatThread, { conversationId });
    if (chat) return { conversationId, channel: 'web' };
    if (!address.to || this.textThreads.isLine(address.to)) return wrong(apiProblems.noTextAddress);
    const { defaultLine } = this.textThreads;
    const line = (address.from && (await this.textThreads.findLine(address.from))) ?? defaultLine;
    if (!line) return wrong(apiProblems.unknownSender);
    return { conversationId, channel: 'sms', number: { to: address.to, line } };
  }
}
