import { Inject, Injectable, Logger } from '@nestjs/common';
import { DuePoll, type PolledLoop, Transactions } from '@parley/persistence';
import { LoopingService } from '@parley/resilience';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import { SendQueue } from '../queue/send-queue.js';
import { FollowUpStore } from './follow-up-store.js';

const MAX_AT_ONCE = 100;

/**
 * Marks the outcome of a send as unknown if its process died or froze before it stored one, and queues messages that have
 * waited too long for an earlier message.
 */
@Injectable()
export class SweepSends extends LoopingService {
  readonly #logger = new Logger(SweepSends.name);
  protected override readonly loop: PolledLoop;

  constructor(
    private readonly transactions: Transactions,
    private readonly queue: SendQueue,
    private readonly followUps: FollowUpStore,
    private readonly applyDelivery: ApplyDelivery,
    @Inject(RECOVERY_TIMES) times: RecoveryTimes,
    poll: DuePoll,
  ) {
    super();
    this.loop = poll.loop({
      name: SweepSends.name,
      dueAt: () => followUps.sweepDueAt(times.sendUnknownAfterMs, times.sendGapMs),
      step: () => this.#sweep(times),
    });
  }

  async #sweep({ sendUnknownAfterMs: graceMs, sendGapMs }: RecoveryTimes): Promise<void> {
    for (const threadId of await this.queue.threadsWithGap(sendGapMs, MAX_AT_ONCE)) {
      this.#logger.warn(
        { threadId },
        'A message did not arrive in time: the messages after it are sent without it',
      );
      await this.transactions.run((tx) => this.queue.closeGap(tx, threadId));
      this.loop.watch();
    }
    for (const overdue of await this.followUps.overdue(graceMs, MAX_AT_ONCE)) {
      const detail = 'the process died before it stored the answer';
      await this.applyDelivery.execute({ event: { kind: 'outcome-lost', ...overdue, detail } });
      this.loop.watch();
    }
  }
}
