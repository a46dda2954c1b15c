import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import type { DueFollowUp } from '../send.js';
import { CheckDelivery } from './check-delivery.js';
import { FollowUpStore } from './follow-up-store.js';
import { ReconcileUnknownSend } from './reconcile-unknown-send.js';

const MAX_AT_ONCE = 20;

/** Reconciles sends with an unknown outcome, and repeats texts that failed for a temporary reason. */
@Injectable()
export class FollowUpSends extends LoopingService {
  readonly #logger = new Logger(FollowUpSends.name);
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly followUps: FollowUpStore,
    private readonly reconcileUnknownSend: ReconcileUnknownSend,
    private readonly checkDelivery: CheckDelivery,
    private readonly applyDelivery: ApplyDelivery,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: FollowUpSends.name,
      dueAt: () => followUps.dueAt(),
      // If this process dies here, its sends become due again after `sendListMs`.
      step: () => this.#followUp(times.sendListMs),
    });
  }

  async #followUp(leaseMs: number): Promise<void> {
    const due = await this.followUps.claim(MAX_AT_ONCE, leaseMs);
    await Promise.all(due.map((send) => this.#try(send)));
    if (due.length === MAX_AT_ONCE) this.loop.wake();
  }

  async #try(send: DueFollowUp): Promise<void> {
    try {
      await (send.status === 'UNKNOWN' ? this.reconcileUnknownSend.execute(send) : this.#repeat(send));
    } catch (error) {
      this.#logger.warn(
        { err: error, sendId: send.id },
        'The follow-up of a send attempt failed; it is retried',
      );
    }
  }

  /**
   * Checks the vendor's status first, because the report of a late delivery can be lost. An expired text is never repeated, so
   * it does not wait for the vendor.
   */
  async #repeat(send: DueFollowUp): Promise<void> {
    const { id, providerSid, validUntilMs } = send;
    try {
      if (providerSid !== undefined) await this.checkDelivery.execute({ id, providerSid });
    } catch (error) {
      if (Date.now() < validUntilMs) throw error;
    }
    await this.applyDelivery.execute({ event: { kind: 'retry-due', id }, send });
  }
}
