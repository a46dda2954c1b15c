import { Injectable } from '@nestjs/common';
import { SmsStatusChanged } from '@parley/contracts';
import { Outbox, type Transaction } from '@parley/persistence';
import { type Delivery, publicChange } from '@parley/sms-policy';
import type { FailureReason } from './failure-reason.js';
import type { LockedSend, SendKey } from './send.js';

/** How far a part has come: one that was never sent has failed like one that the carrier lost. */
export function deliveryOf({ status, delivery }: Pick<LockedSend, 'status' | 'delivery'>): Delivery {
  if (status === 'REJECTED') return { ...delivery, status: 'failed' };
  if (status === 'UNKNOWN') return { ...delivery, status: delivery.status ?? 'unconfirmed' };
  return delivery;
}

/** Tells the conversation how far a message has come, if that is news: as far as the last of its parts. */
@Injectable()
export class TellProgress {
  constructor(private readonly outbox: Outbox) {}

  /** `before` and `after` are all parts of the message, under their locks. A notice of ours concerns no conversation. */
  async execute(
    tx: Transaction,
    { id: sendId, threadId, messageId }: SendKey,
    before: readonly Delivery[],
    after: readonly Delivery[],
    reason?: FailureReason,
  ): Promise<void> {
    const change = publicChange(before, after);
    if (!change || messageId === undefined) return;
    const { status, errorCode } = change;
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
