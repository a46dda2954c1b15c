import { Controller, Logger } from '@nestjs/common';
import { SmsReceived } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { AppendInbound } from '../../conversations/append-inbound.js';

/** int.sms.received.v1.<threadId> → AppendInbound */
@Controller()
export class SmsReceivedConsumer {
  readonly #logger = new Logger(SmsReceivedConsumer.name);

  constructor(private readonly appendInbound: AppendInbound) {}

  @OnFact(SmsReceived)
  async receive(sms: SmsReceived, context: MessageContext): Promise<void> {
    const { consumer, envelope } = context;
    const isStale = context.isStale(new Date());
    const outcome = await this.appendInbound.execute(sms, { consumer, eventId: envelope.id, isStale });
    this.#logger.debug(
      { eventId: envelope.id, threadId: sms.threadId, isStale, ...outcome },
      'text taken in',
    );
  }
}
