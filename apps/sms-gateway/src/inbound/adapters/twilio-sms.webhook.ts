import { Body, Controller, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { retryWithin } from '@parley/resilience';
import { type Form, SMS_WEBHOOK_PATHS } from '@parley/twilio';
import { ReceiveSms } from '../receive-sms.js';
import { SmsWebhookGuard } from './sms-webhook.guard.js';
import { inboundSmsOf, TwilioInboundSms } from './twilio-inbound-sms.js';

/** Below the 3 s after which Twilio leaves and posts the same text again, beside the request that still runs. */
const ANSWER_WITHIN_MS = 2_500;
/** We reply by REST, once there is something to say. */
const NOTHING_TO_SAY = '<Response/>';

/** Twilio's words stop here: past this file an SMS is ours. Answers 200 only for what is in the database. */
@Controller()
@UseGuards(SmsWebhookGuard)
export class TwilioSmsWebhook {
  constructor(private readonly receiveSms: ReceiveSms) {}

  @Post([...SMS_WEBHOOK_PATHS])
  @HttpCode(200)
  @Header('content-type', 'text/xml; charset=utf-8')
  async receive(
    @Body({ schema: TwilioInboundSms }) sms: TwilioInboundSms,
    @Req() { body: form }: { body: Form },
  ): Promise<string> {
    const inbound = inboundSmsOf(sms, form, new Date());
    await retryWithin(ANSWER_WITHIN_MS, () => this.receiveSms.execute(inbound));
    return NOTHING_TO_SAY;
  }
}
