import { Injectable } from '@nestjs/common';
import {
  MessageDelivered,
  MessageFailed,
  MessageRead,
  MessageSent,
  MessageUnconfirmed,
  MessageUndelivered,
} from '@parley/contracts';
import type { MessageId } from '@parley/kernel';
import { Batcher, PoisonMessageError } from '@parley/resilience';
import { Inbox, Outbox, type Receipt, type Transaction, Transactions } from '@parley/persistence';
import { conversationEvent } from './conversation-event.js';
import { ConversationLog, type RaisedStatus } from './conversation-log.js';

/** How long reports are gathered for one transaction; too short for a person to notice. */
const GATHER_MS = 25;
const MAX_REPORTS = 64;

const EVENTS = {
  unconfirmed: MessageUnconfirmed,
  sent: MessageSent,
  delivered: MessageDelivered,
  read: MessageRead,
  undelivered: MessageUndelivered,
  failed: MessageFailed,
} as const;

export type StatusOutcome =
  { kind: 'raised' } | { kind: 'ignored'; reason: 'unknown-status' | 'event-seen-before' | 'not-higher' };

type DeliveryStatus = keyof typeof EVENTS;

/** A channel's report on a message that it delivers. `unknown` stands for a status of a newer release. */
export interface DeliveryReport<Status extends string = DeliveryStatus | 'unknown'> {
  readonly messageId: MessageId;
  readonly status: Status;
  readonly errorCode?: string | undefined;
  readonly reason?: string | undefined;
  readonly occurredAt: string;
}

type KnownReport = DeliveryReport<DeliveryStatus>;

interface ReceivedReport {
  readonly report: KnownReport;
  readonly eventId: string;
}

/**
 * Raises a message's delivery status as its channel reports it, and publishes the new status. Late and repeated reports
 * change nothing. A message has several reports and no process waits for them, so the reports of one consumer share a
 * transaction.
 */
@Injectable()
export class RecordMessageStatus {
  readonly #batchers = new Map<string, Batcher<ReceivedReport, StatusOutcome>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  /** @throws PoisonMessageError if the message does not exist */
  async execute(report: DeliveryReport, { consumer, eventId }: Receipt): Promise<StatusOutcome> {
    const { status } = report;
    if (status === 'unknown') {
      await this.transactions.run((tx) => this.inbox.once(tx, consumer, eventId));
      return { kind: 'ignored', reason: 'unknown-status' };
    }
    return this.#batcherOf(consumer).add({ report: { ...report, status }, eventId });
  }

  #batcherOf(consumer: string): Batcher<ReceivedReport, StatusOutcome> {
    const known = this.#batchers.get(consumer);
    if (known) return known;
    const batcher = new Batcher<ReceivedReport, StatusOutcome>({
      gatherMs: GATHER_MS,
      maxItems: MAX_REPORTS,
      work: (reports) => this.#record(consumer, reports),
    });
    this.#batchers.set(consumer, batcher);
    return batcher;
  }

  #record(consumer: string, received: readonly ReceivedReport[]): Promise<StatusOutcome[]> {
    const messageIds = received.map(({ report }) => report.messageId);
    const eventIds = received.map(({ eventId }) => eventId);
    return this.transactions.run(async (tx) => {
      const [known, fresh] = await Promise.all([
        this.log.lockMessages(tx, messageIds),
        this.inbox.onceEach(tx, consumer, eventIds),
      ]);
      const stray = messageIds.find((id) => !known.has(id));
      if (stray)
        throw new PoisonMessageError(`Message ${stray} does not exist, so its status cannot be recorded`);
      const outcomes = new Map<string, StatusOutcome>();
      for (const wave of onePerMessage(received.filter(({ eventId }) => fresh.has(eventId)))) {
        const raised = await this.#raise(
          tx,
          wave.map(({ report }) => report),
        );
        for (const { eventId, report } of wave) {
          outcomes.set(
            eventId,
            raised.has(report.messageId) ? { kind: 'raised' } : { kind: 'ignored', reason: 'not-higher' },
          );
        }
      }
      return eventIds.map((id) => outcomes.get(id) ?? { kind: 'ignored', reason: 'event-seen-before' });
    });
  }

  async #raise(tx: Transaction, reports: readonly KnownReport[]): Promise<ReadonlySet<MessageId>> {
    const raised = await this.log.raiseStatuses(
      tx,
      reports.map(({ messageId, status, errorCode, reason }) => ({ messageId, status, errorCode, reason })),
    );
    const byMessage = new Map(reports.map((report) => [report.messageId, report]));
    const events = raised.map((message) => eventOf(message, byMessage.get(message.messageId)!));
    await this.outbox.add(tx, ...events);
    return new Set(raised.map(({ messageId }) => messageId));
  }
}

function eventOf(
  { messageId, conversationId, channel, eventSeq }: RaisedStatus,
  { status, errorCode, reason, occurredAt }: KnownReport,
) {
  const isFailure = status === 'undelivered' || status === 'failed';
  return conversationEvent(EVENTS[status], eventSeq, {
    conversationId,
    messageId,
    channel,
    occurredAt,
    ...(isFailure && errorCode !== undefined && { errorCode }),
    ...(isFailure && reason !== undefined && { reason }),
  });
}

/** Splits reports into waves with one report per message each, so that reports on one message keep their order. */
function onePerMessage(reports: readonly ReceivedReport[]): ReceivedReport[][] {
  const waves: ReceivedReport[][] = [];
  const counts = new Map<MessageId, number>();
  for (const received of reports) {
    const { messageId } = received.report;
    const wave = counts.get(messageId) ?? 0;
    counts.set(messageId, wave + 1);
    (waves[wave] ??= []).push(received);
  }
  return waves;
}
