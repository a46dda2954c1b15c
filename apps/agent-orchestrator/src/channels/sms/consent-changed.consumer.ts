import { Controller, Logger } from '@nestjs/common';
import { ConsentChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { RecordConsent } from './record-consent.js';

/** int.sms.consent-changed.v1.<threadId> → RecordConsent */
@Controller()
export class ConsentChangedConsumer {
  readonly #logger = new Logger(ConsentChangedConsumer.name);

  constructor(private readonly recordConsent: RecordConsent) {}

  @OnFact(ConsentChanged)
  async record(change: ConsentChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const receipt = { consumer, eventId: envelope.id, sentAt: new Date(envelope.time) };
    const outcome = await this.recordConsent.execute(change, receipt);
    this.#logger.debug({ eventId: envelope.id, threadId: change.threadId, ...outcome }, 'Consent recorded');
  }
}
