import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { retryWhile } from '@parley/resilience';
import { ServiceState } from '@parley/service-kit';
import { ApiKeyStore } from './api/keys/api-key-store.js';
import { GATEWAY_ENV, type GatewayEnv } from './gateway.env.js';
import { Lines } from './lines/lines.js';

/** Stores the configured line and API key once the database answers; until then the gateway is not ready. */
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
    const isWanted = () => !this.state.isDraining;
    retryWhile(isWanted, () => this.#prepare()).then(markPrepared, (error: unknown) => {
      if (isWanted()) this.state.fail(error);
    });
  }

  async #prepare(): Promise<void> {
    await this.lines.load(this.env.TWILIO_PHONE_NUMBER);
    await this.apiKeys.put(this.env.PARLEY_API_KEY, { name: 'bootstrap', scopes: ['admin'] });
  }
}
