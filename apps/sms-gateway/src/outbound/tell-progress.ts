import { Injectable } from '@nestjs/common';
import { SmsStatusChanged } from '@parley/contracts';
import type { SendId } from '@parley/kernel';
import { Outbox, type Transaction } from '@parley/persistence';
import { type Delivery, deliveryOfAttempts, isHandedOver, publicChange } from '@parley/sms-policy';
import type { FailureReason } from './failure-reason.js';
import type { LockedSend, SendKey } from './send.js';

type Standing = Pick<LockedSend, 'status' | 'delivery' | 'verdict' | 'isToBeRetried'>;

/** How far an attempt has come: one that was never sent has failed like one that the carrier lost. */
export function deliveryOf({ status, delivery, verdict, isToBeRetried }: Standing): Delivery {
  if (isToBeRetried) return { status: undefined, errorCode: undefined };
  if (status === 'REJECTED') return { ...delivery, status: 'failed' };
  if (status !== 'UNKNOWN' || isHandedOver(delivery.status)) return delivery;
  return { ...delivery, status: verdict === undefined ? 'unconfirmed' : 'failed' };
}

/** How far each part has come, over all its attempts. `change` is what one of them has become. */
export function deliveriesOf(
  sends: readonly LockedSend[],
  change?: { readonly id: SendId; readonly delivery: Delivery },
): Delivery[] {
  const parts = new Map<number, Delivery[]>();
  for (const send of sends) {
    const delivery = send.id === change?.id ? change.delivery : deliveryOf(send);
    parts.set(send.part, [...(parts.get(send.part) ?? []), delivery]);
  }
  return Array.from(parts.values(), deliveryOfAttempts);
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
