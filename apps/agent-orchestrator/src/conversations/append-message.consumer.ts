import { Controller, Logger } from '@nestjs/common';
import { AppendMessage } from '@parley/contracts';
import { MessageContext, OnCommand } from '@parley/messaging';
import { AppendOperatorMessage } from './append-operator-message.js';

/** cmd.conversation.append.v1.<conversationId or threadId> → AppendOperatorMessage */
@Controller()
export class AppendMessageConsumer {
  readonly #logger = new Logger(AppendMessageConsumer.name);

  constructor(private readonly appendOperatorMessage: AppendOperatorMessage) {}

  @OnCommand(AppendMessage)
  async append(message: AppendMessage, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.appendOperatorMessage.execute(message, { consumer, eventId: envelope.id });
    const { messageId, target } = message;
    this.#logger.debug(
      { eventId: envelope.id, messageId, target, ...outcome },
      'Operator message appended to the log',
    );
  }
}
