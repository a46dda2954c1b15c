import { Injectable } from '@nestjs/common';
import type { Transaction } from '@parley/persistence';
import { type Delivery, isOptOutError } from '@parley/sms-policy';
import { ChangeConsent } from '../consent/change-consent.js';
import type { FailureReason } from './failure-reason.js';
import type { LockedSend } from './send.js';
import { SendStore } from './send-store.js';
import { deliveriesOf, TellProgress } from './tell-progress.js';

/** How a send ended without success. */
export interface Ending {
  readonly delivery: Delivery;
  readonly reason?: FailureReason | undefined;
}

/**
 * What follows when a send failed, or nobody knows what became of it: the parts behind it stay unsent, the
 * conversation is told, and what the carrier blocks is noted.
 */
@Injectable()
export class EndSend {
  constructor(
    private readonly sends: SendStore,
    private readonly tellProgress: TellProgress,
    private readonly changeConsent: ChangeConsent,
  ) {}

  /** `parts` are all of the message with all their attempts, locked, as they were before. */
  async execute(
    tx: Transaction,
    parts: readonly LockedSend[],
    send: LockedSend,
    { delivery, reason }: Ending,
  ): Promise<void> {
    const isUnsent = ({ part, status }: LockedSend) => part > send.part && status === 'PENDING';
    if (parts.some(isUnsent)) await this.sends.cancelLater(tx, send.id, 'earlier-part-failed');
    const ended = parts.map((each) => (isUnsent(each) ? { ...each, status: 'REJECTED' as const } : each));
    const after = deliveriesOf(ended, { id: send.id, delivery });
    await this.tellProgress.execute(tx, send, deliveriesOf(parts), after, reason);
    if (isOptOutError(delivery.errorCode)) await this.changeConsent.blockedByCarrier(tx, send);
  }
}
