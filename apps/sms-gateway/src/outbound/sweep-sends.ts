import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop, Transactions } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { GiveUpSend } from './give-up-send.js';
import { SendStore } from './send-store.js';

const MAX_AT_ONCE = 100;

/**
 * Gives up sends whose process died or froze between the claim and the outcome: nobody knows whether they went out. And
 * messages that never came in: those that wait for them wait no longer.
 */
@Injectable()
export class SweepSends extends LoopingService {
  readonly #logger = new Logger(SweepSends.name);
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly giveUpSend: GiveUpSend,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: SweepSends.name,
      dueAt: () => sends.sweepDueAt(times.sendUnknownAfterMs, times.sendGapMs),
      step: () => this.#sweep(times),
    });
  }

  async #sweep({ sendUnknownAfterMs: graceMs, sendGapMs }: RecoveryTimes): Promise<void> {
    for (const threadId of await this.sends.threadsWithGap(sendGapMs, MAX_AT_ONCE)) {
      this.#logger.warn({ threadId }, 'a message never came in: those after it go out without it');
      await this.transactions.run((tx) => this.sends.closeGap(tx, threadId));
      this.loop.watch();
    }
    for (const overdue of await this.sends.overdue(graceMs, MAX_AT_ONCE)) {
      await this.giveUpSend.execute(overdue, 'no outcome was written down');
      this.loop.watch();
    }
  }
}
