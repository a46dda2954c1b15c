import { Controller, Logger } from '@nestjs/common';
import { AppendMessage } from '@parley/contracts';
import { MessageContext, OnCommand } from '@parley/messaging';
import { AppendOutside } from './append-outside.js';

/** cmd.conversation.append.v1.<conversationId or threadId> → AppendOutside */
@Controller()
export class AppendMessageConsumer {
  readonly #logger = new Logger(AppendMessageConsumer.name);

  constructor(private readonly appendOutside: AppendOutside) {}

  @OnCommand(AppendMessage)
  async append(message: AppendMessage, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.appendOutside.execute(message, { consumer, eventId: envelope.id });
    const { messageId, target } = message;
    this.#logger.debug({ eventId: envelope.id, messageId, target, ...outcome }, 'message taken in');
  }
}
