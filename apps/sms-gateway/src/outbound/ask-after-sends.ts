import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { RECOVERY_TIMES, type RecoveryTimes, type ScheduledJob, ScheduledJobs } from '@parley/persistence';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { MessageList } from '../carrier/message-list.js';
import { FollowUpStore, type QuietSend } from './follow-up-store.js';
import { RecordDelivery } from './record-delivery.js';

const MAX_AT_ONCE = 20;
/** What is left over is asked for with the next run. */
const MAX_ROUNDS = 50;

/** Asks the vendor for texts that it took and has not told the end of: its reports may have been lost. */
@Injectable()
export class AskAfterSends implements ScheduledJob, OnModuleInit {
  readonly name = 'ask-after-sends';
  readonly cron = '*/5 * * * *';
  readonly #logger = new Logger(AskAfterSends.name);

  constructor(
    private readonly followUps: FollowUpStore,
    private readonly list: MessageList,
    private readonly recordDelivery: RecordDelivery,
    private readonly jobs: ScheduledJobs,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  onModuleInit(): void {
    this.jobs.add(this);
  }

  async run(stopping: AbortSignal): Promise<void> {
    const { sendQuietMs, sendQuietGiveUpMs } = this.times;
    for (let round = 0; round < MAX_ROUNDS && !stopping.aborted; round++) {
      const quiet = await this.followUps.claimQuiet(MAX_AT_ONCE, sendQuietMs, sendQuietGiveUpMs);
      await Promise.all(quiet.map((send) => this.#ask(send)));
      if (quiet.length < MAX_AT_ONCE) return;
    }
  }

  /** Throws RetryableError while the vendor is away: this one is asked for again in a while, the rest sooner. */
  async #ask({ id: sendId, providerSid }: QuietSend): Promise<void> {
    const found = await this.list.find(providerSid);
    const status = found && parseDeliveryStatus(found.status);
    if (!status)
      return this.#logger.warn({ sendId, providerSid }, 'the vendor cannot say how far a text has come');
    await this.recordDelivery.execute({ sendId, providerSid, status, errorCode: found.errorCode });
  }
}
