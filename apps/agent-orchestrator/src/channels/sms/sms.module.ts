import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ConsentChangedConsumer } from './consent-changed.consumer.js';
import { LoopDetectedConsumer } from './loop-detected.consumer.js';
import { RecordConsent } from './record-consent.js';
import { RecordLoop } from './record-loop.js';
import { SmsReceivedConsumer } from './sms-received.consumer.js';
import { SmsStatusChangedConsumer } from './sms-status-changed.consumer.js';

/**
 * int.sms.received → AppendInbound → the log, and a turn is due
 * int.sms.status-changed → RecordMessageStatus → evt.message.*
 * int.sms.consent-changed → RecordConsent → evt.contact.opted-…
 * int.sms.loop-detected → RecordLoop → evt.conversation.flagged
 */
@Module({
  imports: [ConversationsModule],
  controllers: [SmsReceivedConsumer, SmsStatusChangedConsumer, ConsentChangedConsumer, LoopDetectedConsumer],
  providers: [RecordConsent, RecordLoop],
})
export class SmsChannelModule {}
