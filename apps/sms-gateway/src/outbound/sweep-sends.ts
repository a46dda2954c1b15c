import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RECOVERY_TIMES, type RecoveryTimes, Transactions, WakeableLoop } from '@parley/persistence';
import { EndSend } from './end-send.js';
import { type OverdueSend, SendStore } from './send-store.js';
import { deliveryOf } from './tell-progress.js';

const MAX_AT_ONCE = 100;

/**
 * Gives up sends whose process died or froze between the claim and the outcome: nobody knows whether they went out. And
 * messages that never came in: those that wait for them wait no longer.
 */
@Injectable()
export class SweepSends implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(SweepSends.name);
  readonly #loop: WakeableLoop;

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly endSend: EndSend,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
  ) {
    this.#loop = new WakeableLoop({
      name: SweepSends.name,
      everyMs: times.sendSweepMs,
      step: () => this.#sweep(times),
    });
  }

  onApplicationBootstrap(): void {
    this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
  }

  async #sweep({ sendUnknownAfterMs: graceMs, sendGapMs }: RecoveryTimes): Promise<void> {
    for (const threadId of await this.sends.threadsWithGap(sendGapMs, MAX_AT_ONCE)) {
      this.#logger.warn({ threadId }, 'a message never came in: those after it go out without it');
      await this.transactions.run((tx) => this.sends.closeGap(tx, threadId));
    }
    for (const overdue of await this.sends.overdue(graceMs, MAX_AT_ONCE)) {
      const isGivenUp = await this.#giveUp(overdue);
      if (isGivenUp) this.#logger.warn({ sendId: overdue.id }, 'nobody knows whether a text went out');
    }
  }

  /** It may have been settled, or even claimed again, until we held it. */
  async #giveUp({ id, attempt }: OverdueSend): Promise<boolean> {
    return this.transactions.run(async (tx) => {
      const parts = await this.sends.lockMessage(tx, id);
      const send = parts.find((part) => part.id === id);
      if (send?.status !== 'SENDING' || send.attempt !== attempt) return false;
      await this.sends.markUnknown(tx, id, 'no outcome was written down');
      const delivery = deliveryOf({ ...send, status: 'UNKNOWN' });
      await this.endSend.execute(tx, parts, send, { delivery, reason: 'outcome-unknown' });
      return true;
    });
  }
}
