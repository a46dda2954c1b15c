import { Injectable } from '@nestjs/common';
import { afterCommit, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { permitSend } from '@parley/sms-policy';
import { ConsentStore } from '../consent/consent-store.js';
import { EndSend } from './end-send.js';
import { FollowUpStore } from './follow-up-store.js';
import { SendDueSms } from './send-due-sms.js';
import type { FollowedUpSend } from './send.js';
import { SendStore } from './send-store.js';

/**
 * Sends a text once more, as a new attempt at the end of its thread, that the carrier could not deliver when it was
 * tried, if it is still worth it and still wanted; otherwise what the carrier said then is told now.
 */
@Injectable()
export class RepeatSend {
  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly followUps: FollowUpStore,
    private readonly consents: ConsentStore,
    private readonly endSend: EndSend,
    private readonly sendDueSms: SendDueSms,
  ) {}

  async execute(send: FollowedUpSend): Promise<void> {
    await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockMessage(tx, send.id);
      const failed = parts.find(({ id }) => id === send.id);
      if (!failed?.isToBeRetried) return;
      const consent = await this.consents.lock(tx, send.to);
      await this.followUps.end(tx, send.id);
      if (permitSend({ ...send, consent }, Date.now()).kind === 'reject') {
        return this.endSend.execute(tx, parts, failed, { delivery: failed.delivery });
      }
      await this.followUps.queueRetry(tx, send, newId('snd'));
      afterCommit(tx, () => this.sendDueSms.announce());
    });
  }
}
