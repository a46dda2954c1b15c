import { Inject, Injectable, Logger } from '@nestjs/common';
import { RetryableError } from '@parley/resilience';
import { type ListFinding, findSend, type ListedText, parseDeliveryStatus } from '@parley/sms-policy';
import { CARRIER_CLOCK_SKEW_MS, type ListedMessage, MessageList } from '../../carrier/message-list.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import type { DueFollowUp } from '../send.js';
import { FollowUpStore } from './follow-up-store.js';

/**
 * Looks for a send with an unknown outcome in the vendor's list of messages. A listed send is handled like a status report;
 * otherwise `stepDelivery` decides whether to look again, to repeat the send, or to let it fail.
 */
@Injectable()
export class ReconcileUnknownSend {
  readonly #logger = new Logger(ReconcileUnknownSend.name);

  constructor(
    private readonly list: MessageList,
    private readonly followUps: FollowUpStore,
    private readonly applyDelivery: ApplyDelivery,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {}

  /** @throws RetryableError while the vendor's list is unavailable, at most for an hour */
  async execute(send: DueFollowUp): Promise<void> {
    const { id, listings } = send;
    const finding = await this.#find(send);
    this.#logger.log(
      { sendId: id, finding: finding.kind },
      "Looked for a text with unknown outcome in Twilio's list",
    );
    if (finding.kind !== 'found')
      return this.applyDelivery.execute({
        event: { kind: 'not-listed', id, listings, finding: finding.kind },
        send,
      });
    const { providerSid, errorCode } = finding.message;
    const status = parseDeliveryStatus(finding.message.status) ?? 'accepted';
    await this.applyDelivery.execute({ event: { kind: 'reported', id, providerSid, status, errorCode } });
  }

  async #find(send: DueFollowUp): Promise<ListFinding<ListedMessage & ListedText>> {
    const sinceMs = send.claimedAtMs - CARRIER_CLOCK_SKEW_MS;
    try {
      const { messages, isComplete } = await this.list.listTo(send.to, new Date(sinceMs));
      const listed = messages.map((message) => ({ ...message, createdAtMs: message.createdAt.getTime() }));
      const otherSends = await this.followUps.otherSendsOf(
        send,
        listed.map(({ providerSid }) => providerSid),
      );
      return findSend({ ...send, sinceMs }, listed, { ...otherSends, isComplete });
    } catch (error) {
      const isTooLate = Date.now() > send.claimedAtMs + this.times.sendListGiveUpMs;
      if (!isTooLate || !(error instanceof RetryableError)) throw error;
      return { kind: 'ambiguous', reason: 'incomplete' };
    }
  }
}
