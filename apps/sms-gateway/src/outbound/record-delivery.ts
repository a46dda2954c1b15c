import { Inject, Injectable, Logger } from '@nestjs/common';
import { afterCommit, type Transaction, Transactions } from '@parley/persistence';
import { Batcher } from '@parley/resilience';
import { advanceDelivery, type Delivery, hasFailed, isHandedOver, isWorthRetry } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { EndSend } from './end-send.js';
import type { LockedSend } from './send.js';
import { SendDueSms } from './send-due-sms.js';
import { type ReportedSend, type SendReference, SendStore } from './send-store.js';
import { deliveriesOf, TellProgress } from './tell-progress.js';

/** There are several reports for each text, and the vendor does not mind to wait a little for their answers. */
const GATHER_MS = 20;
const MAX_REPORTS = 64;

/** What the vendor says of a text it accepted. */
export interface DeliveryReport extends SendReference, Delivery {}

/**
 * Takes delivery reports in and tells the conversations what changed, those of about the same time in one transaction.
 * A report may come before the vendor's answer to the send itself, or after that answer was lost: it proves that the
 * text was accepted.
 */
@Injectable()
export class RecordDelivery {
  readonly #logger = new Logger(RecordDelivery.name);
  readonly #batcher = new Batcher<DeliveryReport, void>({
    gatherMs: GATHER_MS,
    maxItems: MAX_REPORTS,
    work: (reports) => this.#record(reports),
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly endSend: EndSend,
    private readonly tellProgress: TellProgress,
    private readonly sendDueSms: SendDueSms,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  execute(report: DeliveryReport): Promise<void> {
    return this.#batcher.add(report);
  }

  #record(reports: readonly DeliveryReport[]): Promise<void[]> {
    return this.transactions.run(async (tx) => {
      let sends = await this.sends.lockReported(tx, reports);
      const changed = new Map<string, ReportedSend>();
      for (const report of reports) {
        const send = reportedSend(sends, report);
        if (!send || !this.#isAbout(send, report)) continue;
        const { providerSid } = report;
        const delivery = advanceDelivery(send.delivery, report);
        if (!isNews(send, delivery)) continue;
        const parts = sends.filter(({ causedBy }) => causedBy === send.causedBy);
        const retryInMs = this.#retryInMs(parts, send, delivery);
        const calledOff = hasFailed(delivery.status) ? undefined : queuedRetryOf(parts, send);
        if (calledOff) {
          await this.#callOff(tx, calledOff);
          sends = sends.filter(({ id }) => id !== calledOff.id);
        }
        const standing = parts.filter(({ id }) => id !== calledOff?.id);
        if (retryInMs === undefined) await this.#follow(tx, standing, send, delivery);
        const isToBeRetried = retryInMs !== undefined;
        const reported = {
          ...send,
          status: 'ACCEPTED' as const,
          providerSid,
          delivery,
          retryInMs,
          isToBeRetried,
        };
        changed.set(send.id, reported);
        sends = sends.map((each) => (each.id === send.id ? reported : afterReport(each, reported)));
      }
      await this.sends.saveReports(tx, [...changed.values()]);
      return reports.map(() => undefined);
    });
  }

  /** What follows for the message, whose parts are given as they were before. */
  async #follow(
    tx: Transaction,
    parts: readonly LockedSend[],
    send: LockedSend,
    delivery: Delivery,
  ): Promise<void> {
    if (hasFailed(delivery.status)) return this.endSend.execute(tx, parts, send, { delivery });
    const after = deliveriesOf(parts, { id: send.id, delivery });
    await this.tellProgress.execute(tx, send, deliveriesOf(parts), after);
    if (parts.at(-1)?.part === send.part) return;
    await this.sends.releaseNext(tx, send.id, isHandedOver(delivery.status));
    afterCommit(tx, () => this.sendDueSms.announce());
  }

  /** The carrier has the text after all: another attempt, if it has not left yet, would be a second copy of it. */
  async #callOff(tx: Transaction, retry: LockedSend): Promise<void> {
    await this.sends.withdraw(tx, retry.id);
    this.#logger.log({ sendId: retry.id }, 'a second attempt was called off: the first one arrived');
    afterCommit(tx, () => this.sendDueSms.announce());
  }

  /** When another attempt is due; undefined for none. What has failed before stays failed. */
  #retryInMs(parts: readonly LockedSend[], send: LockedSend, delivery: Delivery): number | undefined {
    if (!hasFailed(delivery.status)) return undefined;
    const { sendRetryMs } = this.times;
    if (hasFailed(send.delivery.status)) return send.isToBeRetried ? sendRetryMs : undefined;
    const failed = {
      errorCode: delivery.errorCode,
      validUntilMs: send.validUntilMs,
      isRepeated: send.retryOf !== undefined || parts.some(({ retryOf }) => retryOf === send.id),
      hasUnsentParts: parts.some(({ part, status }) => part > send.part && status === 'PENDING'),
    };
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

function reportedSend(
  sends: readonly LockedSend[],
  { sendId, providerSid }: DeliveryReport,
): LockedSend | undefined {
  return sends.find(({ id }) => id === sendId) ?? sends.find((send) => send.providerSid === providerSid);
}

function queuedRetryOf(parts: readonly LockedSend[], { id }: LockedSend): LockedSend | undefined {
  return parts.find(({ retryOf, status }) => retryOf === id && status === 'PENDING');
}

function isNews(send: LockedSend, delivery: Delivery): boolean {
  return (
    send.status !== 'ACCEPTED' ||
    send.providerSid === undefined ||
    send.delivery.status !== delivery.status ||
    send.delivery.errorCode !== delivery.errorCode
  );
}

/** As `EndSend` leaves another part: behind one that failed for good nothing is sent. */
function afterReport(other: LockedSend, { causedBy, part, delivery, retryInMs }: ReportedSend): LockedSend {
  const hasEnded = hasFailed(delivery.status) && retryInMs === undefined;
  const isBehind = other.causedBy === causedBy && other.part > part && other.status === 'PENDING';
  return hasEnded && isBehind ? { ...other, status: 'REJECTED' } : other;
}
