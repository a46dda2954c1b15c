import { Module } from '@nestjs/common';
import { LinesModule } from '../lines/lines.module.js';
import { OutboundModule } from '../outbound/outbound.module.js';
import { ThreadsModule } from '../threads/threads.module.js';
import { CodeThreads } from './code-threads.js';
import { QueueCode } from './queue-code.js';
import { SendCodeConsumer } from './send-code.consumer.js';

/** cmd.verification.send-code → the send queue → int.verification.code-status-changed.v1.<verificationId> */
@Module({
  imports: [LinesModule, ThreadsModule, OutboundModule],
  controllers: [SendCodeConsumer],
  providers: [QueueCode, CodeThreads],
})
export class CodesModule {}
