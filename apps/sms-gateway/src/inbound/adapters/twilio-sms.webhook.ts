import { Body, Controller, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { retryWithin } from '@parley/resilience';
import { type Form, SMS_WEBHOOK_PATHS } from '@parley/twilio';
import { ReceiveSms } from '../receive-sms.js';
import { SmsWebhookGuard } from './sms-webhook.guard.js';
import { inboundSmsOf, TwilioInboundSms } from './twilio-inbound-sms.js';

/** The longest time until our answer: after 3 s Twilio closes the request and posts the text again. */
const ANSWER_WITHIN_MS = 2_500;
/** Empty TwiML: we send replies by Twilio's REST API. */
const EMPTY_ANSWER = '<Response/>';

/**
 * Receives Twilio's webhooks for texts and translates their fields into ours. Responds with 200 only for a stored text.
 */
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
    return EMPTY_ANSWER;
  }
}
