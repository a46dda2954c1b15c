import { Injectable, Logger } from '@nestjs/common';
import type { SendId } from '@parley/kernel';
import { afterCommit, Transactions } from '@parley/persistence';
import { advanceDelivery, type Delivery, hasFailed, isHandedOver } from '@parley/sms-policy';
import { EndSend } from './end-send.js';
import type { LockedSend } from './send.js';
import { SendDueSms } from './send-due-sms.js';
import { SendStore } from './send-store.js';
import { deliveryOf, TellProgress } from './tell-progress.js';

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
  ) {}

  async execute(report: DeliveryReport): Promise<void> {
    await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockReported(tx, report.sendId, report.providerSid);
      const send = reportedPart(parts, report);
      if (!send || !this.#isAbout(send, report)) return;
      const delivery = advanceDelivery(send.delivery, report);
      if (!isNews(send, delivery)) return;
      await this.sends.saveReport(tx, send.id, report.providerSid, delivery);
      if (hasFailed(delivery.status)) return this.endSend.execute(tx, parts, send, { delivery });
      const after = parts.map((part) => (part.id === send.id ? delivery : deliveryOf(part)));
      await this.tellProgress.execute(tx, send, parts.map(deliveryOf), after);
      if (parts.length === send.part) return;
      await this.sends.releaseNext(tx, send.id, isHandedOver(delivery.status));
      afterCommit(tx, () => this.sendDueSms.announce());
    });
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
