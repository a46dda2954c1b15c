import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import type { SendAttemptResult } from '@parley/sms-policy';
import {
  PublicUrls,
  type TwilioClient,
  twilioClient,
  type TwilioFailure,
  twilioFailureOf,
  withRequestDeadline,
} from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';
import { SmsSender, type SmsToSend } from '../sms-sender.js';
import { SMS_STATUS_PATH } from './twilio-sms-status.webhook.js';

/** Only the upper bound: each send brings its own deadline. */
const REQUEST_TIMEOUT_MS = 20_000;

@Injectable()
export class TwilioSmsSender extends SmsSender implements OnModuleInit {
  #client: TwilioClient;

  constructor(
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
    private readonly urls: PublicUrls,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    const { TWILIO_API_KEY: apiKey, TWILIO_API_SECRET: apiSecret, TWILIO_AUTH_TOKEN: authToken } = this.env;
    this.#client = await twilioClient({
      accountSid: this.env.TWILIO_ACCOUNT_SID,
      credentials: apiKey && apiSecret ? { apiKey, apiSecret } : { authToken },
      baseUrl: this.env.TWILIO_API_BASE_URL,
      region: this.env.TWILIO_REGION,
      edge: this.env.TWILIO_EDGE,
      timeoutMs: REQUEST_TIMEOUT_MS,
    });
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
    return this.#client.messages.create({
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
