import { Module } from '@nestjs/common';
import { CarrierModule } from '../carrier/carrier.module.js';
import { ConsentModule } from '../consent/consent.module.js';
import { SendEncryption } from './adapters/send-encryption.js';
import { PostgresAttemptStore } from './delivery/adapters/postgres-attempt-store.js';
import { TwilioSmsStatusWebhook } from './delivery/adapters/twilio-sms-status.webhook.js';
import { ApplyDelivery } from './delivery/apply-delivery.js';
import { AttemptStore } from './delivery/attempt-store.js';
import { DeliveryEffects } from './delivery/delivery-effects.js';
import { RecordStatusReport } from './delivery/record-status-report.js';
import { PostgresFollowUpStore } from './follow-up/adapters/postgres-follow-up-store.js';
import { CheckDelivery } from './follow-up/check-delivery.js';
import { FollowUpSends } from './follow-up/follow-up-sends.js';
import { FollowUpStore } from './follow-up/follow-up-store.js';
import { PollUnreportedSends } from './follow-up/poll-unreported-sends.js';
import { ReconcileUnknownSend } from './follow-up/reconcile-unknown-send.js';
import { SweepSends } from './follow-up/sweep-sends.js';
import { PublishMessageStatus } from './publish-message-status.js';
import { PostgresSendQueue } from './queue/adapters/postgres-send-queue.js';
import { SendSmsConsumer } from './queue/send-sms.consumer.js';
import { QueueNotice } from './queue/queue-notice.js';
import { QueueSms } from './queue/queue-sms.js';
import { SendQueue } from './queue/send-queue.js';
import { SendingWakeUp } from './queue/sending-wake-up.js';
import { TwilioSmsSender } from './sending/adapters/twilio-sms-sender.js';
import { HandOverSms } from './sending/hand-over-sms.js';
import { RecordSendOutcome } from './sending/record-send-outcome.js';
import { SendDueSms } from './sending/send-due-sms.js';
import { SendingStart } from './sending/sending-start.js';
import { SmsSender } from './sending/sms-sender.js';

/**
 * queue/      cmd.sms.send → QueueSms → send rows
 * sending/    SendDueSms claims them → HandOverSms → Twilio → RecordSendOutcome
 * delivery/   POST /webhooks/twilio/sms-status → RecordStatusReport → ApplyDelivery, which lets stepDelivery decide
 *             → int.sms.status-changed.v1.<threadId>
 * follow-up/  SweepSends, ReconcileUnknownSend, PollUnreportedSends, FollowUpSends → ApplyDelivery
 */
@Module({
  imports: [CarrierModule, ConsentModule],
  controllers: [SendSmsConsumer, TwilioSmsStatusWebhook],
  providers: [
    QueueSms,
    QueueNotice,
    SendingWakeUp,
    SendingStart,
    SendDueSms,
    HandOverSms,
    RecordSendOutcome,
    RecordStatusReport,
    ApplyDelivery,
    DeliveryEffects,
    PublishMessageStatus,
    SweepSends,
    FollowUpSends,
    ReconcileUnknownSend,
    CheckDelivery,
    PollUnreportedSends,
    SendEncryption,
    { provide: SendQueue, useClass: PostgresSendQueue },
    { provide: AttemptStore, useClass: PostgresAttemptStore },
    { provide: FollowUpStore, useClass: PostgresFollowUpStore },
    { provide: SmsSender, useClass: TwilioSmsSender },
  ],
  exports: [QueueNotice, SendQueue, SendingWakeUp, SendingStart],
})
export class OutboundModule {}
