import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { CheckDelivery } from './check-delivery.js';
import { FindUnknownSend } from './find-unknown-send.js';
import { FollowUpStore } from './follow-up-store.js';
import { RepeatSend } from './repeat-send.js';
import type { FollowedUpSend } from './send.js';

const MAX_AT_ONCE = 20;

/** Looks after sends that are not done with: asks what became of the unknown ones, and repeats what failed in passing. */
@Injectable()
export class FollowUpSends extends LoopingService {
  readonly #logger = new Logger(FollowUpSends.name);
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly followUps: FollowUpStore,
    private readonly findUnknownSend: FindUnknownSend,
    private readonly checkDelivery: CheckDelivery,
    private readonly repeatSend: RepeatSend,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: FollowUpSends.name,
      dueAt: () => followUps.dueAt(),
      // Whoever does not come to an end leaves it to be due again.
      step: () => this.#followUp(times.sendListMs),
    });
  }

  async #followUp(leaseMs: number): Promise<void> {
    const due = await this.followUps.claim(MAX_AT_ONCE, leaseMs);
    await Promise.all(due.map((send) => this.#look(send)));
    if (due.length === MAX_AT_ONCE) this.loop.wake();
  }

  /** A report that says the text arrived after all can be lost; only the vendor's own record rules out a second copy. */
  async #repeat(send: FollowedUpSend): Promise<void> {
    const { id, providerSid } = send;
    if (providerSid !== undefined) await this.checkDelivery.execute({ id, providerSid });
    await this.repeatSend.execute(send);
  }

  async #look(send: FollowedUpSend): Promise<void> {
    try {
      await (send.status === 'UNKNOWN' ? this.findUnknownSend.execute(send) : this.#repeat(send));
    } catch (error) {
      this.#logger.warn({ err: error, sendId: send.id }, 'a send could not be looked after; later');
    }
  }
}
