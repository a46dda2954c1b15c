import { Injectable } from '@nestjs/common';
import { VerificationChanged } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import { isoOf, type Verification } from './verification.js';

type Details = Partial<Pick<VerificationChanged, 'channel' | 'failure' | 'limit'>>;

/** Publishes what happened to a verification. */
@Injectable()
export class PublishChange {
  constructor(private readonly outbox: Outbox) {}

  async execute(
    tx: Transaction,
    {
      id,
      subject,
      purpose,
      number,
      conversationId,
    }: Pick<Verification, 'id' | 'subject' | 'purpose' | 'number' | 'conversationId'>,
    change: VerificationChanged['change'],
    details: Details = {},
  ): Promise<void> {
    await this.outbox.add(tx, {
      contract: VerificationChanged,
      data: {
        verificationId: id,
        change,
        subject,
        purpose,
        number,
        ...(conversationId && { conversationId }),
        ...details,
        occurredAt: isoOf(Date.now()),
      },
    });
  }
}
