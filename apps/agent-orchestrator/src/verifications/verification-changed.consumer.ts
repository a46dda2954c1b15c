import { Controller, Logger } from '@nestjs/common';
import { VerificationChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { PublishVerification } from './publish-verification.js';

/** int.verification.changed.v1.<verificationId> → PublishVerification */
@Controller()
export class VerificationChangedConsumer {
  readonly #logger = new Logger(VerificationChangedConsumer.name);

  constructor(private readonly publishVerification: PublishVerification) {}

  @OnFact(VerificationChanged)
  async publish(change: VerificationChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const outcome = await this.publishVerification.execute(change, { consumer, eventId: envelope.id });
    const { verificationId } = change;
    this.#logger.debug({ eventId: envelope.id, verificationId, ...outcome }, 'Verification change handled');
  }
}
