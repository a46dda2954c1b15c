import { Controller, Logger } from '@nestjs/common';
import { SmsReceived } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { AppendInbound, type ReceivedMessage } from '../../conversations/append-inbound.js';

/** int.sms.received.v1.<threadId> → AppendInbound */
@Controller()
export class SmsReceivedConsumer {
  readonly #logger = new Logger(SmsReceivedConsumer.name);

  constructor(private readonly appendInbound: AppendInbound) {}

  @OnFact(SmsReceived)
  async receive(sms: SmsReceived, context: MessageContext): Promise<void> {
    const { consumer, envelope } = context;
    const isStale = context.isStale(new Date());
    const receipt = { consumer, eventId: envelope.id, isStale };
    const outcome = await this.appendInbound.execute(receivedMessage(sms), receipt);
    this.#logger.debug(
      { eventId: envelope.id, threadId: sms.threadId, isStale, ...outcome },
      'Text appended to the log',
    );
  }
}

/** Replaces an `answeredBy` value that this version does not know with `nobody`, so that the agent does not answer. */
export function receivedMessage(sms: SmsReceived): ReceivedMessage {
  const { threadId, threadSeq, text, media, providerMessageId, from, to: line, answeredBy } = sms;
  return {
    channel: 'sms',
    person: { kind: 'phone', value: from },
    line,
    threadId,
    threadSeq,
    text,
    media,
    providerMessageId,
    answeredBy: answeredBy === 'unknown' ? 'nobody' : answeredBy,
    receivedAt: new Date(sms.receivedAt),
  };
}
