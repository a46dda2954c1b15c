import { Injectable } from '@nestjs/common';
import { AppendMessage, GetTextAddress } from '@parley/contracts';
import { type ConversationId, type E164, parsePersonNumber } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Outbox, type Transaction, Transactions } from '@parley/persistence';
import { newId, Problem, type ProblemKind } from '@parley/service-kit';
import { MAX_REPLY_PARTS, splitText } from '@parley/sms-policy';
import { ConsentStore } from '../consent/consent-store.js';
import { type Line } from '../lines/line-store.js';
import { Lines } from '../lines/lines.js';
import { ThreadStore } from '../threads/thread-store.js';
import type { MessageOrder, MessageResource } from './message-resource.js';
import { type EarlierRequest, type ReservationScope, ReservationStore } from './reservation-store.js';
import { restProblems } from './rest-problems.js';

/** After this long nobody waits for the message any more. */
const VALID_FOR_MS = 2 * 3_600_000;
const IN_FLIGHT_RETRY_SECONDS = 1;

export interface AcceptedMessage {
  readonly message: MessageResource;
  /** Whether this request was accepted before, and the answer is the one of then. */
  readonly isReplay: boolean;
}

/** A conversation's thread is known, or a number with a line of ours that has or gets one. */
interface Recipient {
  readonly conversationId?: ConversationId;
  readonly number?: { readonly to: E164; readonly line: Line };
}

/**
 * Accepts a message from outside a turn: what the caller was promised and the command to log it are committed
 * together. The log comes first, and sends it.
 */
@Injectable()
export class SendMessage {
  constructor(
    private readonly transactions: Transactions,
    private readonly reservations: ReservationStore,
    private readonly lines: Lines,
    private readonly threads: ThreadStore,
    private readonly consents: ConsentStore,
    private readonly rpc: RpcClient,
    private readonly outbox: Outbox,
  ) {}

  /** Throws Problem for what cannot be sent, or an idempotency key that was used otherwise. */
  async execute(order: MessageOrder, scope: ReservationScope): Promise<AcceptedMessage> {
    const body = JSON.stringify(order);
    const earlier = await this.reservations.find<MessageResource>(scope, body);
    if (earlier) return replayOf(earlier);
    const recipient = await this.#recipientOf(order);
    refuseTooLong(order.text);
    const message = acceptedNow(order);
    return this.transactions.run(async (tx) => {
      const other = await this.reservations.reserve(tx, scope, body, message);
      if (other) return replayOf(other);
      await this.#append(tx, message, recipient);
      return { message, isReplay: false };
    });
  }

  async #recipientOf({ to, from, conversationId }: MessageOrder): Promise<Recipient> {
    if (conversationId !== undefined) {
      const address = await this.rpc.request(GetTextAddress, { conversationId });
      if (!address) throw refusal(restProblems.unknownConversation, 'conversationId');
      if (address.threadId) return { conversationId };
      if (!address.to || this.lines.numbers.has(address.to)) {
        throw refusal(restProblems.noTextAddress, 'conversationId');
      }
      const line = (address.from && (await this.lines.find(address.from))) ?? this.lines.default;
      if (!line) throw refusal(restProblems.unknownSender, 'conversationId');
      return { conversationId, number: { to: address.to, line } };
    }
    const person = parsePersonNumber(to ?? '');
    if (person === undefined || this.lines.numbers.has(person)) {
      throw refusal(
        restProblems.invalidNumber,
        'to',
        'must be a number like +15550100001, and no line of ours',
      );
    }
    const line = from === undefined ? this.lines.default : await this.lines.find(from);
    if (!line) throw refusal(restProblems.unknownSender, 'from');
    return { number: { to: person, line } };
  }

  async #append(
    tx: Transaction,
    { id, text, createdAt }: MessageResource,
    recipient: Recipient,
  ): Promise<void> {
    const common = {
      messageId: id,
      text,
      author: 'human',
      requestedAt: createdAt,
      validUntil: new Date(Date.parse(createdAt) + VALID_FOR_MS).toISOString(),
    } as const;
    const { conversationId, number } = recipient;
    if (!number) {
      const data = { target: conversationId!, ...common };
      return this.outbox.add(tx, { contract: AppendMessage, data });
    }
    const { to, line } = number;
    if (conversationId && (await this.consents.lock(tx, to)) === 'opted-out') {
      throw refusal(restProblems.optedOut, 'conversationId');
    }
    const threadId = await this.threads.ensure(tx, line.id, to);
    const data = conversationId
      ? { target: conversationId, ...common, threadId }
      : { target: threadId, ...common, to, from: line.number, lineId: line.id };
    await this.outbox.add(tx, { contract: AppendMessage, data });
  }
}

function acceptedNow({ text, conversationId }: MessageOrder): MessageResource {
  return {
    id: newId('msg'),
    ...(conversationId !== undefined && { conversationId }),
    channel: 'sms',
    direction: 'outbound',
    author: 'human',
    text,
    status: 'accepted',
    createdAt: new Date().toISOString(),
  };
}

function replayOf(earlier: EarlierRequest<MessageResource> | { kind: 'in-flight' }): AcceptedMessage {
  if (earlier.kind === 'same') return { message: earlier.resource, isReplay: true };
  if (earlier.kind === 'other-body') throw new Problem(restProblems.idempotencyKeyReused);
  throw new Problem(restProblems.idempotencyKeyInFlight, { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS });
}

/** Nothing of what a person wrote is left out. */
function refuseTooLong(text: string): void {
  if (splitText(text, { maxParts: MAX_REPLY_PARTS + 1 }).length <= MAX_REPLY_PARTS) return;
  throw refusal(restProblems.textTooLong, 'text', `must fit into ${MAX_REPLY_PARTS} text messages`);
}

function refusal(kind: ProblemKind, field: keyof MessageOrder, detail: string = kind.title): Problem {
  return new Problem(kind, { errors: [{ pointer: `#/${field}`, code: kind.code, detail }] });
}
