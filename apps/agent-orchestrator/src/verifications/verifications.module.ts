import { Module } from '@nestjs/common';
import { IntentsModule } from '../intents/intents.module.js';
import { PublishVerification } from './publish-verification.js';
import { VerificationChangedConsumer } from './verification-changed.consumer.js';

/** int.verification.changed.v1.<verificationId> → FollowVerification (masks codes, links phones); evt.verification.….v1.<verificationId> */
@Module({
  imports: [IntentsModule],
  controllers: [VerificationChangedConsumer],
  providers: [PublishVerification],
})
export class VerificationsModule {}
