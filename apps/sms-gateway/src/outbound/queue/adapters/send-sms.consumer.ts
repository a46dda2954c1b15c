import { Controller } from '@nestjs/common';
import { SendSms } from '@parley/contracts';
import { MessageContext, OnCommand } from '@parley/messaging';
import { QueueSms } from '../queue-sms.js';

@Controller()
export class SendSmsConsumer {
  constructor(private readonly queueSms: QueueSms) {}

  @OnCommand(SendSms)
  async queue(command: SendSms, context: MessageContext): Promise<void> {
    await this.queueSms.execute(command, context.envelope.id, context.consumer);
  }
}
