import { Injectable } from '@nestjs/common';
import { afterCommit, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { DeliveryChange } from '@parley/sms-policy';
import { ChangeConsent } from '../../consent/change-consent.js';
import { PublishMessageStatus } from '../publish-message-status.js';
import { SendingWakeUp } from '../queue/sending-wake-up.js';
import type { DueFollowUp, SendKey } from '../send.js';
import { AttemptStore } from './attempt-store.js';

/** Carries out the other effects of a delivery step (repetitions, events, blocks, wake-ups) in the same transaction. */
@Injectable()
export class DeliveryEffects {
  constructor(
    private readonly attempts: AttemptStore,
    private readonly publishMessageStatus: PublishMessageStatus,
    private readonly changeConsent: ChangeConsent,
    private readonly wakeUp: SendingWakeUp,
  ) {}

  /** `followedUp` is the attempt to repeat; set only after a follow-up. */
  async execute(
    tx: Transaction,
    send: SendKey,
    { status, reason, withdrawn, isRepeated, isBlocked, wakesQueue }: DeliveryChange,
    followedUp: DueFollowUp | undefined,
  ): Promise<void> {
    if (withdrawn !== undefined) await this.attempts.withdraw(tx, withdrawn);
    if (isRepeated && followedUp) await this.attempts.repeat(tx, followedUp, newId('snd'));
    if (status) await this.publishMessageStatus.execute(tx, send, status, reason);
    if (isBlocked) await this.changeConsent.recordCarrierBlock(tx, send);
    if (wakesQueue) afterCommit(tx, () => this.wakeUp.wake());
  }
}
