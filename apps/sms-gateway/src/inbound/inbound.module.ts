import { Module } from '@nestjs/common';
import { CarrierModule } from '../carrier/carrier.module.js';
import { ConsentModule } from '../consent/consent.module.js';
import { LinesModule } from '../lines/lines.module.js';
import { OutboundModule } from '../outbound/outbound.module.js';
import { LocalOrigin } from './adapters/local-origin.js';
import { PostgresInboundStore } from './text/adapters/postgres-inbound-store.js';
import { TwilioSmsWebhook } from './adapters/twilio-sms.webhook.js';
import { InboundStore } from './text/inbound-store.js';
import { InterpretSms } from './text/interpret-sms.js';
import { AnswerKeyword } from './keywords/answer-keyword.js';
import { HandleKeyword } from './keywords/handle-keyword.js';
import { PostgresMissedSmsSearches } from './missed/adapters/postgres-missed-sms-searches.js';
import { FindMissedSms } from './missed/find-missed-sms.js';
import { PollMissedSms } from './missed/poll-missed-sms.js';
import { MissedSmsSearches } from './missed/missed-sms-searches.js';
import { RecordCarrierLoop } from './missed/record-carrier-loop.js';
import { ReceiveSms } from './receive-sms.js';
import { FlagLoop } from './text/flag-loop.js';
import { RecordSms } from './text/record-sms.js';

/**
 * POST /webhook/sms → ReceiveSms → int.sms.received.v1.<threadId>
 * PollMissedSms → FindMissedSms → the same, for a text whose webhook did not arrive
 * STOP, START, HELP → HandleKeyword → the same, with `answeredBy`
 */
@Module({
  imports: [CarrierModule, LinesModule, ConsentModule, OutboundModule],
  controllers: [TwilioSmsWebhook],
  providers: [
    ReceiveSms,
    InterpretSms,
    RecordSms,
    FlagLoop,
    RecordCarrierLoop,
    HandleKeyword,
    AnswerKeyword,
    FindMissedSms,
    PollMissedSms,
    LocalOrigin,
    { provide: InboundStore, useClass: PostgresInboundStore },
    { provide: MissedSmsSearches, useClass: PostgresMissedSmsSearches },
  ],
})
export class InboundModule {}
