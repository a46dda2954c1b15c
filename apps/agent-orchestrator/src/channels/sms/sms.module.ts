import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { ConsentChangedConsumer } from './consent-changed.consumer.js';
import { FindTextAddress } from './find-text-address.js';
import { LoopDetectedConsumer } from './loop-detected.consumer.js';
import { RecordConsent } from './record-consent.js';
import { RecordLoop } from './record-loop.js';
import { SendSmsTool } from './send-sms.tool.js';
import { SmsReceivedConsumer } from './sms-received.consumer.js';
import { SmsStatusChangedConsumer } from './sms-status-changed.consumer.js';
import { TextAddressResponder } from './text-address.responder.js';

/**
 * int.sms.received → AppendInbound → the log, and a turn is due
 * int.sms.status-changed → RecordMessageStatus → evt.message.*
 * int.sms.consent-changed → RecordConsent → evt.contact.opted-…
 * int.sms.loop-detected → RecordLoop → evt.conversation.flagged
 * rpc.orchestrator.get-text-address → FindTextAddress
 * The tool send_sms → the log, and cmd.sms.send
 */
@Module({
  imports: [ConversationsModule],
  exports: [SendSmsTool],
  controllers: [
    SmsReceivedConsumer,
    SmsStatusChangedConsumer,
    ConsentChangedConsumer,
    LoopDetectedConsumer,
    TextAddressResponder,
  ],
  providers: [RecordConsent, RecordLoop, FindTextAddress, SendSmsTool],
})
export class SmsChannelModule {}
