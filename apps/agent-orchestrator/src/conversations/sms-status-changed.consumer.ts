import { Controller, Logger } from '@nestjs/common';
import { SmsStatusChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordSmsStatus } from './record-sms-status.js';

/** int.sms.status-changed.v1.<threadId> → RecordSmsStatus */
@Controller()
export class SmsStatusChangedConsumer {
  readonly #logger = new Logger(SmsStatusChangedConsumer.name);

  constructor(private readonly recordSmsStatus: RecordSmsStatus) {}

  @OnFact(SmsStatusChanged)
  async record(report: SmsStatusChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.recordSmsStatus.execute(report, { consumer, eventId: envelope.id });
    const { messageId, status } = report;
    this.#logger.debug({ eventId: envelope.id, messageId, status, ...outcome }, 'status taken in');
  }
}
