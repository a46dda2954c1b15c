import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type RecoveryTimes, Transactions, WakeableLoop } from '@parley/persistence';
import { RECOVERY_TIMES } from '../recovery-times.js';
import { EndSend } from './end-send.js';
import { SendStore } from './send-store.js';
import { deliveryOf } from './tell-progress.js';

/** Gives up sends whose process died or froze between the claim and the outcome: nobody knows whether they went out. */
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
      step: () => this.#sweep(times.sendUnknownAfterMs),
    });
  }

  onApplicationBootstrap(): void {
    this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
  }

  async #sweep(graceMs: number): Promise<void> {
    const swept = await this.transactions.run(async (tx) => {
      const sendIds = await this.sends.sweepOverdue(tx, graceMs);
      for (const sendId of sendIds) {
        const parts = await this.sends.lockMessage(tx, sendId);
        const send = parts.find(({ id }) => id === sendId)!;
        const delivery = deliveryOf({ ...send, status: 'UNKNOWN' });
        await this.endSend.execute(tx, parts, send, { delivery, reason: 'outcome-unknown' });
      }
      return sendIds;
    });
    for (const sendId of swept) this.#logger.warn({ sendId }, 'nobody knows whether a text went out');
  }
}
