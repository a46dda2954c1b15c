import { Injectable } from '@nestjs/common';
import {
  type VerificationChanged,
  VerificationApproved,
  VerificationBlocked,
  VerificationExpired,
  VerificationFailed,
  VerificationSent,
  VerificationStarted,
} from '@parley/contracts';
import { assertNever } from '@parley/kernel';
import { Inbox, Outbox, type OutboxMessage, type Receipt, Transactions } from '@parley/persistence';

export type VerificationOutcome =
  { kind: 'published' } | { kind: 'ignored'; reason: 'unknown-change' | 'event-seen-before' };

/** Publishes what happened to a verification, without its number. */
@Injectable()
export class PublishVerification {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
  ) {}

  async execute(change: VerificationChanged, { consumer, eventId }: Receipt): Promise<VerificationOutcome> {
    return this.transactions.run(async (tx) => {
      if (!(await this.inbox.once(tx, consumer, eventId)))
        return { kind: 'ignored', reason: 'event-seen-before' };
      const event = eventOf(change);
      if (!event) return { kind: 'ignored', reason: 'unknown-change' };
      await this.outbox.add(tx, event);
      return { kind: 'published' };
    });
  }
}

/** Returns the public event; undefined for a change or a subject of a later release. */
function eventOf(fact: VerificationChanged): OutboxMessage | undefined {
  const { verificationId, subject, purpose, conversationId, occurredAt, channel, failure, limit } = fact;
  if (subject.kind === 'unknown') return undefined;
  const data = { verificationId, subject, purpose, ...(conversationId && { conversationId }), occurredAt };
  switch (fact.change) {
    case 'started':
      return { contract: VerificationStarted, data };
    case 'sent':
      return { contract: VerificationSent, data: { ...data, ...known('channel', channel) } };
    case 'approved':
      return { contract: VerificationApproved, data };
    case 'failed':
      return { contract: VerificationFailed, data: { ...data, ...known('failure', failure) } };
    case 'expired':
      return { contract: VerificationExpired, data };
    case 'blocked':
      return { contract: VerificationBlocked, data: { ...data, ...known('limit', limit) } };
    case 'unknown':
      return undefined;
    default:
      return assertNever(fact.change);
  }
}

function known(field: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === 'unknown' ? {} : { [field]: value };
}
