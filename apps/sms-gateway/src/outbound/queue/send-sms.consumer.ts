import { Controller } from '@nestjs/common';
import { SendSms } from '@parley/contracts';
import { MessageContext, OnCommand } from '@parley/messaging';
import { QueueSms } from './queue-sms.js';

/** cmd.sms.send.v1.<threadId> → QueueSms */
@Controller()
export class SendSmsConsumer {
  constructor(private readonly queueSms: QueueSms) {}

  @OnCommand(SendSms)
  async queue(command: SendSms, { consumer, envelope }: MessageContext): Promise<void> {
    await this.queueSms.execute(command, { consumer, eventId: envelope.id });
  }
}
