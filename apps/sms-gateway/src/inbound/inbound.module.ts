import { Module } from '@nestjs/common';
import { CarrierModule } from '../carrier/carrier.module.js';
import { ConsentModule } from '../consent/consent.module.js';
import { LinesModule } from '../lines/lines.module.js';
import { OutboundModule } from '../outbound/outbound.module.js';
import { LocalOrigin } from './adapters/local-origin.js';
import { PostgresInboundStore } from './adapters/postgres-inbound-store.js';
import { PostgresPollStore } from './adapters/postgres-poll-store.js';
import { TwilioSmsWebhook } from './adapters/twilio-sms.webhook.js';
import { FindMissedSms } from './find-missed-sms.js';
import { InboundStore } from './inbound-store.js';
import { NoteLoop } from './note-loop.js';
import { PassOverFailed } from './pass-over-failed.js';
import { PollInbound } from './poll-inbound.js';
import { PollStore } from './poll-store.js';
import { ReadInbound } from './read-inbound.js';
import { ReceiveSms } from './receive-sms.js';
import { RecordSms } from './record-sms.js';
import { TakeKeyword } from './take-keyword.js';

/**
 * POST /webhook/sms → ReceiveSms → int.sms.received.v1.<threadId>
 * PollInbound → FindMissedSms → the same, for a text whose webhook never came
 * STOP, START, HELP → TakeKeyword → the same, with who answered it
 */
@Module({
  imports: [CarrierModule, LinesModule, ConsentModule, OutboundModule],
  controllers: [TwilioSmsWebhook],
  providers: [
    ReceiveSms,
    ReadInbound,
    RecordSms,
    NoteLoop,
    PassOverFailed,
    TakeKeyword,
    FindMissedSms,
    PollInbound,
    LocalOrigin,
    { provide: InboundStore, useClass: PostgresInboundStore },
    { provide: PollStore, useClass: PostgresPollStore },
  ],
})
export class InboundModule {}
