import { Module } from '@nestjs/common';
import { PublishVerification } from './publish-verification.js';
import { VerificationChangedConsumer } from './verification-changed.consumer.js';

/** int.verification.changed.v1.<verificationId> → evt.verification.….v1.<verificationId> */
@Module({
  controllers: [VerificationChangedConsumer],
  providers: [PublishVerification],
})
export class VerificationsModule {}
