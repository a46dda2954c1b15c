import { Module } from '@nestjs/common';
import { ConsentModule } from '../consent/consent.module.js';
import { LinesModule } from '../lines/lines.module.js';
import { OutboundModule } from '../outbound/outbound.module.js';
import { LocalOrigin } from './adapters/local-origin.js';
import { PostgresInboundStore } from './adapters/postgres-inbound-store.js';
import { TwilioSmsWebhook } from './adapters/twilio-sms.webhook.js';
import { InboundStore } from './inbound-store.js';
import { ReadInbound } from './read-inbound.js';
import { ReceiveSms } from './receive-sms.js';
import { RecordSms } from './record-sms.js';
import { TakeKeyword } from './take-keyword.js';

/**
 * POST /webhook/sms → ReceiveSms → int.sms.received.v1.<threadId>
 * STOP, START, HELP → TakeKeyword → the same, with who answered it
 */
@Module({
  imports: [LinesModule, ConsentModule, OutboundModule],
  controllers: [TwilioSmsWebhook],
  providers: [
    ReceiveSms,
    ReadInbound,
    RecordSms,
    TakeKeyword,
    LocalOrigin,
    { provide: InboundStore, useClass: PostgresInboundStore },
  ],
})
export class InboundModule {}
