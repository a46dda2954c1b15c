import { Inject, Injectable, Logger } from '@nestjs/common';
import { afterCommit, type Transaction, Transactions } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import {
  decideAfterListing,
  type Finding,
  findSend,
  hasFailed,
  type ListedText,
  parseDeliveryStatus,
  permitSend,
  progressOf,
} from '@parley/sms-policy';
import { CARRIER_CLOCK_SKEW_MS, type ListedMessage, MessageList } from '../carrier/message-list.js';
import { ConsentStore } from '../consent/consent-store.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { EndSend } from './end-send.js';
import type { FailureReason } from './failure-reason.js';
import { FollowUpStore } from './follow-up-store.js';
import { RecordDelivery } from './record-delivery.js';
import { SendDueSms } from './send-due-sms.js';
import type { FollowedUpSend, LockedSend, Verdict } from './send.js';
import { SendStore } from './send-store.js';
import { deliveriesOf } from './tell-progress.js';

/**
 * Asks the vendor's list for a send whose outcome is unknown. What is found counts like a delivery report; what is twice
 * certainly not there is sent once more, as a new attempt; all else has failed, since it may have arrived.
 */
@Injectable()
export class FindUnknownSend {
  readonly #logger = new Logger(FindUnknownSend.name);

  constructor(
    private readonly list: MessageList,
    private readonly transactions: Transactions,
    private readonly sends: SendStore,
    private readonly followUps: FollowUpStore,
    private readonly consents: ConsentStore,
    private readonly recordDelivery: RecordDelivery,
    private readonly endSend: EndSend,
    private readonly sendDueSms: SendDueSms,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  async execute(send: FollowedUpSend): Promise<void> {
    const finding = await this.#find(send);
    this.#logger.log({ sendId: send.id, finding: finding.kind }, 'looked for a text that may have gone out');
    if (finding.kind !== 'found') return this.#conclude(send, finding.kind);
    const { providerSid, status, errorCode } = finding.message;
    await this.recordDelivery.execute({
      sendId: send.id,
      providerSid,
      status: parseDeliveryStatus(status) ?? 'accepted',
      errorCode,
    });
  }

  async #find(send: FollowedUpSend): Promise<Finding<ListedMessage & ListedText>> {
    const sinceMs = send.claimedAtMs - CARRIER_CLOCK_SKEW_MS;
    try {
      const { messages, isComplete } = await this.list.to(send.to, new Date(sinceMs));
      const listed = messages.map((message) => ({ ...message, createdAtMs: message.createdAt.getTime() }));
      const surroundings = await this.followUps.around(
        send,
        listed.map(({ providerSid }) => providerSid),
      );
      return findSend({ ...send, sinceMs }, listed, { ...surroundings, isComplete });
    } catch (error) {
      const isTooLate = Date.now() > send.claimedAtMs + this.times.sendListGiveUpMs;
      if (!isTooLate || !(error instanceof RetryableError)) throw error;
      return { kind: 'ambiguous', reason: 'incomplete' };
    }
  }

  async #conclude(send: FollowedUpSend, finding: Exclude<Finding['kind'], 'found'>): Promise<void> {
    await this.transactions.run(async (tx) => {
      const parts = await this.sends.lockMessage(tx, send.id);
      const sought = parts.find(({ id }) => id === send.id);
      // A report may have come, or another replica have asked as well.
      if (sought?.status !== 'UNKNOWN' || sought.verdict || sought.listings !== send.listings) return;
      const consent = await this.consents.lock(tx, send.to);
      const search = {
        ...send,
        isRetry: sought.retryOf !== undefined,
        isPointless: hasFailed(progressOf(deliveriesOf(parts)).status),
      };
      const next = decideAfterListing(finding, search, permitSend({ ...send, consent }, Date.now()));
      if (next.kind === 'list-again') return this.followUps.noteListing(tx, send.id, finding === 'absent');
      if (next.kind === 'end') return this.#end(tx, parts, sought, next.verdict, next.reason);
      await this.followUps.conclude(tx, send.id, 'absent', 'sent again');
      await this.followUps.queueRetry(tx, send, newId('snd'));
      afterCommit(tx, () => this.sendDueSms.announce());
    });
  }

  async #end(
    tx: Transaction,
    parts: readonly LockedSend[],
    send: LockedSend,
    verdict: Verdict,
    reason: FailureReason,
  ): Promise<void> {
    await this.followUps.conclude(tx, send.id, verdict, reason);
    const delivery = { status: 'failed', errorCode: undefined } as const;
    await this.endSend.execute(tx, parts, send, { delivery, reason });
  }
}
