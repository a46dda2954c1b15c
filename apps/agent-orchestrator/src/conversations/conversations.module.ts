import { Module } from '@nestjs/common';
import { TurnsModule } from '../turns/turns.module.js';
import { PostgresConversationReader } from './adapters/postgres-conversation-reader.js';
import { AppendInbound } from './append-inbound.js';
import { AppendMessageConsumer } from './append-message.consumer.js';
import { AppendOutside } from './append-outside.js';
import { ConsentChangedConsumer } from './consent-changed.consumer.js';
import { ConversationLogModule } from './conversation-log.module.js';
import { ConversationReader } from './conversation-reader.js';
import { ConversationsResponder } from './conversations.responder.js';
import { LoopDetectedConsumer } from './loop-detected.consumer.js';
import { OpenThread } from './open-thread.js';
import { RecordConsent } from './record-consent.js';
import { RecordLoop } from './record-loop.js';
import { RecordSmsStatus } from './record-sms-status.js';
import { SmsReceivedConsumer } from './sms-received.consumer.js';
import { SmsStatusChangedConsumer } from './sms-status-changed.consumer.js';

/**
 * int.sms.received → AppendInbound → the log, and a turn is due
 * cmd.conversation.append → AppendOutside → the log, and cmd.sms.send
 * int.sms.status-changed → RecordSmsStatus → evt.message.*
 * int.sms.consent-changed → RecordConsent → evt.contact.opted-…
 * int.sms.loop-detected → RecordLoop → evt.conversation.flagged
 * rpc.orchestrator.list-…, get-… → ConversationReader
 */
@Module({
  imports: [TurnsModule, ConversationLogModule],
  controllers: [
    SmsReceivedConsumer,
    AppendMessageConsumer,
    SmsStatusChangedConsumer,
    ConsentChangedConsumer,
    LoopDetectedConsumer,
    ConversationsResponder,
  ],
  providers: [
    OpenThread,
    AppendInbound,
    AppendOutside,
    RecordConsent,
    RecordLoop,
    RecordSmsStatus,
    { provide: ConversationReader, useClass: PostgresConversationReader },
  ],
})
export class ConversationsModule {}
