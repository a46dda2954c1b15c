import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type ScheduledJob, ScheduledJobs } from '@parley/persistence';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { CheckDelivery } from './check-delivery.js';
import { FollowUpStore } from './follow-up-store.js';

const MAX_AT_ONCE = 20;
/** Bounds one run; the next run continues. */
const MAX_ROUNDS = 50;

/** Fetches the status of texts whose final report is missing, since the report may have been lost. */
@Injectable()
export class PollUnreportedSends implements ScheduledJob, OnModuleInit {
  /** This name must not change: the job tables of running installations contain it. */
  readonly name = 'ask-after-sends';
  readonly cron = '*/5 * * * *';

  constructor(
    private readonly followUps: FollowUpStore,
    private readonly checkDelivery: CheckDelivery,
    private readonly jobs: ScheduledJobs,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  onModuleInit(): void {
    this.jobs.add(this);
  }

  async run(stopping: AbortSignal): Promise<void> {
    const { sendUnreportedMs, sendUnreportedGiveUpMs } = this.times;
    for (let round = 0; round < MAX_ROUNDS && !stopping.aborted; round++) {
      const unreported = await this.followUps.claimUnreported(
        MAX_AT_ONCE,
        sendUnreportedMs,
        sendUnreportedGiveUpMs,
      );
      await Promise.all(unreported.map((send) => this.checkDelivery.execute(send)));
      if (unreported.length < MAX_AT_ONCE) return;
    }
  }
}
