import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { RetryableError } from '@parley/messaging';
import { ServiceState } from '@parley/service-kit';
import { GATEWAY_ENV, type GatewayEnv } from './gateway.env.js';
import { Lines } from './lines/lines.js';
import { ApiKeyStore } from './rest/api-key-store.js';

const RETRY_PAUSE_MS = 500;

/** Puts the configured line and API key into the database as soon as it answers; until then we are not ready. */
@Injectable()
export class PrepareGateway implements OnApplicationBootstrap {
  constructor(
    private readonly lines: Lines,
    private readonly apiKeys: ApiKeyStore,
    private readonly state: ServiceState,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  onApplicationBootstrap(): void {
    const markPrepared = this.state.require('prepared');
    this.#prepare().then(markPrepared, (error: unknown) => this.state.fail(error));
  }

  async #prepare(): Promise<void> {
    while (!this.state.isDraining) {
      try {
        await this.lines.load(this.env.TWILIO_PHONE_NUMBER);
        await this.apiKeys.put(this.env.PARLEY_API_KEY, { name: 'bootstrap', scopes: ['admin'] });
        return;
      } catch (error) {
        if (!(error instanceof RetryableError)) throw error;
        await delay(RETRY_PAUSE_MS);
      }
    }
  }
}
