import { Injectable, Logger } from '@nestjs/common';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { MessageList } from '../carrier/message-list.js';
import type { AcceptedSend } from './follow-up-store.js';
import { RecordDelivery } from './record-delivery.js';

/** Fetches the vendor's present status of a text and records it like a report, since reports can be lost. */
@Injectable()
export class CheckDelivery {
  readonly #logger = new Logger(CheckDelivery.name);

  constructor(
    private readonly list: MessageList,
    private readonly recordDelivery: RecordDelivery,
  ) {}

  /** Throws RetryableError while the vendor is unavailable. */
  async execute({ id: sendId, providerSid }: AcceptedSend): Promise<void> {
    const found = await this.list.find(providerSid);
    const status = found && parseDeliveryStatus(found.status);
    if (!status)
      return this.#logger.warn({ sendId, providerSid }, 'the vendor does not know the status of a text');
    await this.recordDelivery.execute({ sendId, providerSid, status, errorCode: found.errorCode });
  }
}
