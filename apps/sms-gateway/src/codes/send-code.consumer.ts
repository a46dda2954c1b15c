import { Controller } from '@nestjs/common';
import { SendCode } from '@parley/contracts';
import { MessageContext, OnCommand } from '@parley/messaging';
import { QueueCode } from './queue-code.js';

/** cmd.verification.send-code.v1.<verificationId> → QueueCode */
@Controller()
export class SendCodeConsumer {
  constructor(private readonly queueCode: QueueCode) {}

  @OnCommand(SendCode)
  async queue(command: SendCode, { envelope, consumer }: MessageContext): Promise<void> {
    await this.queueCode.execute(command, envelope.id, consumer);
  }
}
