import { Controller, Logger } from '@nestjs/common';
import { ChatProgress, WebMessageReceived } from '@parley/contracts';
import { LiveClient, MessageContext, OnFact } from '@parley/messaging';
import { AppendInbound, type ReceivedMessage } from '../../conversations/append-inbound.js';

/** int.web.message-received.v1.<threadId> → AppendInbound, then live.chat.progress.v1.<threadId> */
@Controller()
export class WebMessageReceivedConsumer {
  readonly #logger = new Logger(WebMessageReceivedConsumer.name);

  constructor(
    private readonly appendInbound: AppendInbound,
    private readonly live: LiveClient,
  ) {}

  @OnFact(WebMessageReceived)
  async receive(message: WebMessageReceived, context: MessageContext): Promise<void> {
    const { consumer, envelope } = context;
    const { threadId } = message;
    const isStale = context.isStale(new Date());
    const receipt = { consumer, eventId: envelope.id, isStale };
    const outcome = await this.appendInbound.execute(receivedWebMessage(message), receipt);
    if (outcome.kind === 'appended') {
      const { conversationId } = outcome;
      this.live.send(ChatProgress, { threadId, conversationId, step: 'appended' });
    }
    this.#logger.debug(
      { eventId: envelope.id, threadId, isStale, ...outcome },
      'Web message appended to the log',
    );
  }
}

export function receivedWebMessage(message: WebMessageReceived): ReceivedMessage {
  const { threadId, threadSeq, messageId, userId, text, receivedAt } = message;
  return {
    channel: 'web',
    person: { kind: 'web-user', value: userId },
    line: undefined,
    threadId,
    threadSeq,
    messageId,
    text,
    media: [],
    providerMessageId: messageId,
    answeredBy: undefined,
    receivedAt: new Date(receivedAt),
  };
}
