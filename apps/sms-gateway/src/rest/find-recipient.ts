import { Injectable } from '@nestjs/common';
import { GetTextAddress } from '@parley/contracts';
import { type ConversationId, type E164, parsePersonNumber } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import type { ProblemKind } from '@parley/service-kit';
import type { Line } from '../lines/line-store.js';
import { Lines } from '../lines/lines.js';
import type { MessageOrder } from './message-resource.js';
import { restProblems } from './rest-problems.js';

/** A conversation whose thread is known, or a number and the line of ours that texts it. */
export interface Recipient {
  readonly conversationId?: ConversationId;
  readonly number?: { readonly to: E164; readonly line: Line };
}

/** A field of an order that we cannot act on, and why. */
export interface WrongField {
  readonly kind: ProblemKind;
  readonly field: keyof MessageOrder;
  readonly detail?: string;
}

/** Finds out who an order goes to, and from which of our numbers. */
@Injectable()
export class FindRecipient {
  constructor(
    private readonly lines: Lines,
    private readonly rpc: RpcClient,
  ) {}

  /** Answers every wrong field where the order names nobody that we can text. */
  async execute({ to, from, conversationId }: MessageOrder): Promise<Recipient | readonly WrongField[]> {
    if (conversationId !== undefined) return this.#ofConversation(conversationId);
    const person = parsePersonNumber(to ?? '');
    const line = from === undefined ? this.lines.default : await this.lines.find(from);
    const isTextable = person !== undefined && !this.lines.numbers.has(person);
    if (isTextable && line) return { number: { to: person, line } };
    const invalidNumber = {
      kind: restProblems.invalidNumber,
      field: 'to',
      detail: 'must be a number like +15550100001, and no line of ours',
    } as const;
    return [
      ...(isTextable ? [] : [invalidNumber]),
      ...(line ? [] : [{ kind: restProblems.unknownSender, field: 'from' } as const]),
    ];
  }

  async #ofConversation(conversationId: ConversationId): Promise<Recipient | readonly WrongField[]> {
    const wrong = (kind: ProblemKind) => [{ kind, field: 'conversationId' } as const];
    const address = await this.rpc.request(GetTextAddress, { conversationId });
    if (!address) return wrong(restProblems.unknownConversation);
    if (address.threadId) return { conversationId };
    if (!address.to || this.lines.numbers.has(address.to)) return wrong(restProblems.noTextAddress);
    const line = (address.from && (await this.lines.find(address.from))) ?? this.lines.default;
    if (!line) return wrong(restProblems.unknownSender);
    return { conversationId, number: { to: address.to, line } };
  }
}
