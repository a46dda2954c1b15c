import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type TwilioClient, twilioClient } from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';

/** Only the upper bound: each send brings its own deadline. */
const REQUEST_TIMEOUT_MS = 20_000;

/** The account's REST client, one for all of the gateway. */
@Injectable()
export class TwilioAccount implements OnModuleInit {
  #client: TwilioClient;

  constructor(@Inject(GATEWAY_ENV) private readonly env: GatewayEnv) {}

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

  get client(): TwilioClient {
    return this.#client;
  }
}
