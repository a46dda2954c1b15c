import { Injectable, Logger } from '@nestjs/common';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { MessageList } from '../../carrier/message-list.js';
import { RecordStatusReport } from '../delivery/record-status-report.js';
import type { AcceptedSend } from './follow-up-store.js';

/** Fetches a text's current status from the vendor and records it like a report, since reports can be lost. */
@Injectable()
export class CheckDelivery {
  readonly #logger = new Logger(CheckDelivery.name);

  constructor(
    private readonly list: MessageList,
    private readonly recordStatusReport: RecordStatusReport,
  ) {}

  /** @throws RetryableError while the vendor is unavailable */
  async execute({ id, providerSid }: AcceptedSend): Promise<void> {
    const found = await this.list.find(providerSid);
    const status = found && parseDeliveryStatus(found.status);
    if (!status)
      return this.#logger.warn(
        { sendId: id, providerSid },
        'Twilio returned no known delivery status for a text',
      );
    await this.recordStatusReport.execute({ id, providerSid, status, errorCode: found.errorCode });
  }
}
