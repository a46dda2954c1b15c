import { Injectable } from '@nestjs/common';
import { SmsStatusChanged } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import type { FailureReason, MessageStatusChange } from '@parley/sms-policy';
import type { SendKey } from './send.js';

/** Publishes a message's new delivery status. */
@Injectable()
export class PublishMessageStatus {
  constructor(private readonly outbox: Outbox) {}

  /** Does nothing for a notice, which belongs to no conversation. */
  async execute(
    tx: Transaction,
    { id: sendId, threadId, messageId }: SendKey,
    { status, errorCode }: MessageStatusChange,
    reason?: FailureReason,
  ): Promise<void> {
    if (messageId === undefined) return;
    await this.outbox.add(tx, {
      contract: SmsStatusChanged,
      data: {
        threadId,
        messageId,
        sendId,
        status,
        ...(errorCode !== undefined && { errorCode }),
        ...(reason !== undefined && { reason }),
        occurredAt: new Date().toISOString(),
      },
    });
  }
}
