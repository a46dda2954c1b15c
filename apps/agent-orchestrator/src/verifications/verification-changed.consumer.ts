import { Controller, Logger } from '@nestjs/common';
import { VerificationChanged } from '@parley/contracts';
import { MessageContext, OnFact } from '@parley/messaging';
import { FollowVerification } from '../intents/follow-verification.js';
import { PublishVerification } from './publish-verification.js';

/** int.verification.changed.v1.<verificationId> → FollowVerification, PublishVerification */
@Controller()
export class VerificationChangedConsumer {
  readonly #logger = new Logger(VerificationChangedConsumer.name);

  constructor(
    private readonly publishVerification: PublishVerification,
    private readonly followVerification: FollowVerification,
  ) {}

  @OnFact(VerificationChanged)
  async publish(change: VerificationChanged, { consumer, envelope }: MessageContext): Promise<void> {
    const followed = await this.followVerification.execute(change);
    const outcome = await this.publishVerification.execute(change, { consumer, eventId: envelope.id });
    const { verificationId } = change;
    this.#logger.debug(
      { eventId: envelope.id, verificationId, followed: followed.kind, ...outcome },
      'Verification change handled',
    );
  }
}
