import { Injectable } from '@nestjs/common';
import { CodeStatusChanged, type SmsStatus, SmsStatusChanged } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import type { FailureReason, MessageStatusChange } from '@parley/sms-policy';
import type { SendKey, CodeReference } from './send.js';

/** Publishes the new delivery status of a message, or of a code. */
@Injectable()
export class PublishMessageStatus {
  constructor(private readonly outbox: Outbox) {}

  /** Does nothing for a notice, which belongs to no conversation. */
  async execute(
    tx: Transaction,
    { id: sendId, threadId, messageId, code }: SendKey,
    { status, errorCode }: MessageStatusChange,
    reason?: FailureReason,
  ): Promise<void> {
    if (code) return this.#ofCode(tx, code, status);
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

  async #ofCode(tx: Transaction, code: CodeReference, status: SmsStatus): Promise<void> {
    const data = { ...code, status, occurredAt: new Date().toISOString() };
    await this.outbox.add(tx, { contract: CodeStatusChanged, data });
  }
}
