import { Inject, Injectable, Logger } from '@nestjs/common';
import type { SendId } from '@parley/kernel';
import { afterCommit, type RecoveryTimes, Transactions } from '@parley/persistence';
import { advanceDelivery, type Delivery, hasFailed, isHandedOver, isWorthRetry } from '@parley/sms-policy';
import { RECOVERY_TIMES } from '../recovery-times.js';
import { EndSend } from './end-send.js';
import type { LockedSend } from './send.js';
import { SendDueSms } from './send-due-sms.js';
import { SendStore } from './send-store.js';
import { deliveriesOf, TellProgress } from './tell-progress.js';

/** What the vendor says of a text it accepted. */
export interface DeliveryReport extends Delivery {
  /** From the callback's own URL; a report that lost it is matched by the vendor's id. */
  readonly sendId: SendId | undefined;
  readonly providerSid: string;
}

/**
 * Takes a delivery report in and tells the conversation what changed, in one transaction. A report may come before
 * the vendor's answer to the send itself, or after that answer was lost: it proves that the text was accepted.
 */
@Injectable()
export class RecordDelivery {
  readonly #logger = new Logger(RecordDelivery.name);

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly endSend: EndSend,
    private readonly tellProgress: TellProgress,
    private readonly sendDueSms: SendDueSms,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  async execute(report: DeliveryReport): Promise<void> {
    await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockReported(tx, report.sendId, report.providerSid);
      const send = reportedPart(parts, report);
      if (!send || !this.#isAbout(send, report)) return;
      const delivery = advanceDelivery(send.delivery, report);
      if (!isNews(send, delivery)) return;
      const retryInMs = this.#retryInMs(parts, send, delivery);
      await this.sends.saveReport(tx, send.id, report.providerSid, delivery, retryInMs);
      if (retryInMs !== undefined) return;
      if (hasFailed(delivery.status)) return this.endSend.execute(tx, parts, send, { delivery });
      const after = deliveriesOf(parts, { id: send.id, delivery });
      await this.tellProgress.execute(tx, send, deliveriesOf(parts), after);
      if (parts.at(-1)?.part === send.part) return;
      await this.sends.releaseNext(tx, send.id, isHandedOver(delivery.status));
      afterCommit(tx, () => this.sendDueSms.announce());
    });
  }

  /** When another attempt is due; undefined for none. What has failed before stays failed. */
  #retryInMs(parts: readonly LockedSend[], send: LockedSend, delivery: Delivery): number | undefined {
    if (!hasFailed(delivery.status)) return undefined;
    if (hasFailed(send.delivery.status)) return send.isToBeRetried ? this.times.sendRetryMs : undefined;
    const failed = {
      errorCode: delivery.errorCode,
      validUntilMs: send.validUntilMs,
      isRepeated: send.retryOf !== undefined || parts.some(({ retryOf }) => retryOf === send.id),
      hasUnsentParts: parts.some(({ part, status }) => part > send.part && status === 'PENDING'),
    };
    const { sendRetryMs } = this.times;
    return isWorthRetry(failed, Date.now(), sendRetryMs) ? sendRetryMs : undefined;
  }

  #isAbout(send: LockedSend, report: DeliveryReport): boolean {
    const isOurs =
      send.status !== 'REJECTED' && (send.providerSid ?? report.providerSid) === report.providerSid;
    if (!isOurs)
      this.#logger.warn({ sendId: send.id, status: send.status }, 'a delivery report contradicts its send');
    return isOurs;
  }
}

function reportedPart(
  parts: readonly LockedSend[],
  { sendId, providerSid }: DeliveryReport,
): LockedSend | undefined {
  return parts.find(({ id }) => id === sendId) ?? parts.find((part) => part.providerSid === providerSid);
}

function isNews(send: LockedSend, delivery: Delivery): boolean {
  return (
    send.status !== 'ACCEPTED' ||
    send.providerSid === undefined ||
    send.delivery.status !== delivery.status ||
    send.delivery.errorCode !== delivery.errorCode
  );
}
