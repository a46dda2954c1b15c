import { Module } from '@nestjs/common';
import { LimitsModule } from '../limits/limits.module.js';
import { PostgresAnsweredRequests } from './adapters/postgres-answered-requests.js';
import { PostgresVerificationStore } from './adapters/postgres-verification-store.js';
import { AnswerOnce } from './answer-once.js';
import { AnsweredRequests } from './answered-requests.js';
import { CancelVerification } from './cancel-verification.js';
import { CheckCode } from './check-code.js';
import { CodeStatusConsumer } from './code-status.consumer.js';
import { EndVerification } from './end-verification.js';
import { ExpireVerifications } from './expire-verifications.js';
import { IssueCode } from './issue-code.js';
import { PermitCode } from './permit-code.js';
import { PublishChange } from './publish-change.js';
import { PurgeVerifications } from './purge-verifications.js';
import { RecordCodeStatus } from './record-code-status.js';
import { ResendCode } from './resend-code.js';
import { StartVerification } from './start-verification.js';
import { VerificationViews } from './verification-views.js';
import { VerificationStore } from './verification-store.js';
import { VerificationsResponder } from './verifications.responder.js';

/**
 * rpc.verification.start, resend → StartVerification, ResendCode → cmd.verification.send-code.v1.<verificationId>
 * int.verification.code-status-changed.v1.<verificationId> → RecordCodeStatus
 * rpc.verification.check → CheckCode → int.verification.changed.v1.<verificationId>
 */
@Module({
  imports: [LimitsModule],
  controllers: [VerificationsResponder, CodeStatusConsumer],
  providers: [
    StartVerification,
    ResendCode,
    CheckCode,
    CancelVerification,
    ExpireVerifications,
    PurgeVerifications,
    IssueCode,
    RecordCodeStatus,
    PermitCode,
    AnswerOnce,
    EndVerification,
    PublishChange,
    VerificationViews,
    { provide: VerificationStore, useClass: PostgresVerificationStore },
    { provide: AnsweredRequests, useClass: PostgresAnsweredRequests },
  ],
})
export class VerificationsModule {}
