import { Injectable } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import type { SendAttemptResult } from '@parley/sms-policy';
import { PublicUrls, type TwilioFailure, twilioFailureOf, withRequestDeadline } from '@parley/twilio';
import { TwilioAccount } from '../../../carrier/adapters/twilio-account.js';
import { SMS_STATUS_PATH } from '../../delivery/adapters/twilio-sms-status.webhook.js';
import { SmsSender, type SmsToSend } from '../sms-sender.js';

@Injectable()
export class TwilioSmsSender extends SmsSender {
  constructor(
    private readonly account: TwilioAccount,
    private readonly urls: PublicUrls,
  ) {
    super();
  }

  async send(sms: SmsToSend, deadlineMs: number): Promise<SendAttemptResult> {
    try {
      const message = await withRequestDeadline(deadlineMs, () => this.#create(sms));
      return { kind: 'accepted', providerSid: message.sid, providerStatus: message.status };
    } catch (error) {
      const failure = twilioFailureOf(error);
      return failure ? resultOf(failure) : { kind: 'unknown', detail: String(error) };
    }
  }

  #create({ id, from, to, text, validitySeconds }: SmsToSend) {
    return this.account.client.messages.create({
      from,
      to,
      body: text,
      validityPeriod: validitySeconds,
      statusCallback: `${this.urls.at(SMS_STATUS_PATH)}?send=${id}`,
    });
  }
}

function resultOf(failure: TwilioFailure): SendAttemptResult {
  switch (failure.kind) {
    case 'rejected':
      return { kind: 'refused', errorCode: String(failure.code ?? `http-${failure.status}`) };
    case 'not-processed':
      return {
        kind: 'not-processed',
        ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
      };
    case 'unknown':
      return { kind: 'unknown', detail: failure.reason };
    default:
      return assertNever(failure);
  }
}
