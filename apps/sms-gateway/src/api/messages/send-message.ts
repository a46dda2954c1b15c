import { Injectable } from '@nestjs/common';
import { AppendMessage } from '@parley/contracts';
import { Outbox, type Transaction, Transactions } from '@parley/persistence';
import { newId, Problem } from '@parley/service-kit';
import { MAX_REPLY_PARTS, splitText } from '@parley/sms-policy';
import { apiProblems } from '../api-problems.js';
import {
  type EarlierRequest,
  type ReservationKey,
  ReservationStore,
} from '../reservations/reservation-store.js';
import { TextThreads } from '../text-threads.js';
import { FindRecipient, type Recipient, type WrongField } from './find-recipient.js';
import type { SendMessageRequest, MessageResource } from './message-resource.js';

/** A message that could not be sent within this time fails. */
const VALID_FOR_MS = 2 * 3_600_000;
const IN_FLIGHT_RETRY_SECONDS = 1;

export interface AcceptedMessage {
  readonly message: MessageResource;
  /** Whether the request was accepted before, so that `message` is the earlier one. */
  readonly isReplay: boolean;
}

/**
 * Accepts an operator message: commits the caller's reservation together with the command to append the message to its
 * conversation. The orchestrator appends the message and then commands the gateway to send it.
 */
@Injectable()
export class SendMessage {
  constructor(
    private readonly transactions: Transactions,
    private readonly reservations: ReservationStore,
    private readonly findRecipient: FindRecipient,
    private readonly textThreads: TextThreads,
    private readonly outbox: Outbox,
  ) {}

  /** @throws Problem for a wrong field, or an idempotency key that another request used */
  async execute(request: SendMessageRequest, scope: ReservationKey): Promise<AcceptedMessage> {
    const body = JSON.stringify(request);
    const earlier = await this.reservations.find<MessageResource>(scope, body);
    if (earlier) return replayOf(earlier);
    const recipient = await this.findRecipient.execute(request);
    const wrong = [...('length' in recipient ? recipient : []), ...tooLong(request.text)];
    if ('length' in recipient || wrong.length > 0) throw refusal(wrong);
    const message = acceptedNow(request, recipient);
    return this.transactions.run(async (tx) => {
      const other = await this.reservations.reserve(tx, scope, body, message);
      if (other) return replayOf(other);
      await this.#append(tx, message, recipient);
      return { message, isReplay: false };
    });
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
    if (conversationId && (await this.textThreads.lockConsent(tx, to)) === 'opted-out') {
      throw refusal([{ kind: apiProblems.optedOut, field: 'conversationId' }]);
    }
    const threadId = await this.textThreads.ensureThread(tx, line, to);
    const data = conversationId
      ? { target: conversationId, ...common, threadId }
      : { target: threadId, ...common, to, from: line.number, lineId: line.id };
    await this.outbox.add(tx, { contract: AppendMessage, data });
  }
}

function acceptedNow({ text, conversationId }: SendMessageRequest, { channel }: Recipient): MessageResource {
  return {
    id: newId('msg'),
    ...(conversationId !== undefined && { conversationId }),
    channel,
    direction: 'outbound',
    author: 'human',
    text,
    status: 'accepted',
    createdAt: new Date().toISOString(),
  };
}

function replayOf(earlier: EarlierRequest<MessageResource> | { kind: 'in-flight' }): AcceptedMessage {
  if (earlier.kind === 'same') return { message: earlier.resource, isReplay: true };
  if (earlier.kind === 'other-body') throw new Problem(apiProblems.idempotencyKeyReused);
  throw new Problem(apiProblems.idempotencyKeyInFlight, { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS });
}

/** An operator's text is never cut, so a text that is too long is refused. */
function tooLong(text: string): WrongField[] {
  if (splitText(text, { maxParts: MAX_REPLY_PARTS + 1 }).length <= MAX_REPLY_PARTS) return [];
  const detail = `must fit into ${MAX_REPLY_PARTS} text messages`;
  return [{ kind: apiProblems.textTooLong, field: 'text', detail }];
}

/** The first wrong field decides the kind of the problem. */
function refusal(wrong: readonly WrongField[]): Problem {
  return new Problem(wrong[0]!.kind, {
    errors: wrong.map(({ kind, field, detail }) => ({
      pointer: `#/${field}`,
      code: kind.code,
      detail: detail ?? kind.title,
    })),
  });
}
