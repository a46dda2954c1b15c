import { Module } from '@nestjs/common';
import { CarrierModule } from '../carrier/carrier.module.js';
import { ConsentModule } from '../consent/consent.module.js';
import { PostgresFollowUpStore } from './adapters/postgres-follow-up-store.js';
import { PostgresSendStore } from './adapters/postgres-send-store.js';
import { SendSealing } from './adapters/send-sealing.js';
import { SendSmsConsumer } from './adapters/send-sms.consumer.js';
import { TwilioSmsSender } from './adapters/twilio-sms-sender.js';
import { TwilioSmsStatusWebhook } from './adapters/twilio-sms-status.webhook.js';
import { AskAfterSends } from './ask-after-sends.js';
import { CheckDelivery } from './check-delivery.js';
import { EndSend } from './end-send.js';
import { FindUnknownSend } from './find-unknown-send.js';
import { FollowUpSends } from './follow-up-sends.js';
import { FollowUpStore } from './follow-up-store.js';
import { GiveUpSend } from './give-up-send.js';
import { QueueNotice } from './queue-notice.js';
import { QueueSms } from './queue-sms.js';
import { RecordDelivery } from './record-delivery.js';
import { RepeatSend } from './repeat-send.js';
import { SendDueSms } from './send-due-sms.js';
import { SendingStart } from './sending-start.js';
import { SendStore } from './send-store.js';
import { SettleSend } from './settle-send.js';
import { SmsSender } from './sms-sender.js';
import { SweepSends } from './sweep-sends.js';
import { TellProgress } from './tell-progress.js';

/**
 * cmd.sms.send → QueueSms → SendDueSms → Twilio → SettleSend
 * FollowUpSends → FindUnknownSend; CheckDelivery, RepeatSend: what became of a send that nobody knows of, what could not be delivered
 * AskAfterSends → CheckDelivery: what became of a text whose reports were lost
 * POST /webhooks/twilio/sms-status → RecordDelivery → int.sms.status-changed.v1.<threadId>
 */
@Module({
  imports: [CarrierModule, ConsentModule],
  controllers: [SendSmsConsumer, TwilioSmsStatusWebhook],
  providers: [
    QueueSms,
    QueueNotice,
    SendDueSms,
    SendingStart,
    SettleSend,
    GiveUpSend,
    EndSend,
    TellProgress,
    SweepSends,
    FollowUpSends,
    FindUnknownSend,
    RepeatSend,
    AskAfterSends,
    CheckDelivery,
    RecordDelivery,
    SendSealing,
    { provide: SendStore, useClass: PostgresSendStore },
    { provide: FollowUpStore, useClass: PostgresFollowUpStore },
    { provide: SmsSender, useClass: TwilioSmsSender },
  ],
  exports: [QueueNotice, SendingStart],
})
export class OutboundModule {}
