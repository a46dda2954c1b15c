import { Module } from '@nestjs/common';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { PostgresChatReader } from './adapters/postgres-chat-reader.js';
import { ChatReader } from './chat-reader.js';
import { ChatResponder } from './chat.responder.js';
import { WebMessageReceivedConsumer } from './web-message-received.consumer.js';

/**
 * int.web.message-received → AppendInbound → the log, and a turn is due
 * rpc.orchestrator.read-chat, get-chat-thread → ChatReader
 */
@Module({
  imports: [ConversationsModule],
  controllers: [WebMessageReceivedConsumer, ChatResponder],
  providers: [{ provide: ChatReader, useClass: PostgresChatReader }],
})
export class WebChannelModule {}
