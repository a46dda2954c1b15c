import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type TwilioClient, twilioClientOf } from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from '../../gateway.env.js';

/** The longest time for any request to Twilio; each send also has its own deadline. */
const REQUEST_TIMEOUT_MS = 20_000;

/** The gateway's only REST client of Twilio. */
@Injectable()
export class TwilioAccount implements OnModuleInit {
  #client: TwilioClient;

  constructor(@Inject(GATEWAY_ENV) private readonly env: GatewayEnv) {}

  async onModuleInit(): Promise<void> {
    this.#client = await twilioClientOf(this.env, REQUEST_TIMEOUT_MS);
  }

  get client(): TwilioClient {
    return this.#client;
  }
}
