import { Controller, Logger } from '@nestjs/common';
import { SmsStatusChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordMessageStatus } from '../../conversations/record-message-status.js';

/** int.sms.status-changed.v1.<threadId> → RecordMessageStatus */
@Controller()
export class SmsStatusChangedConsumer {
  readonly #logger = new Logger(SmsStatusChangedConsumer.name);

  constructor(private readonly recordMessageStatus: RecordMessageStatus) {}

  @OnFact(SmsStatusChanged)
  async record(report: SmsStatusChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.recordMessageStatus.execute(report, { consumer, eventId: envelope.id });
    const { messageId, status } = report;
    this.#logger.debug({ eventId: envelope.id, messageId, status, ...outcome }, 'Delivery status recorded');
  }
}
