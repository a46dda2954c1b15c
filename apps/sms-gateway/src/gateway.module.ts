import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { MessagingModule } from '@parley/messaging';
import { PersistenceModule, recoveryTimes, scaled } from '@parley/persistence';
import { PublicUrls, publicUrlsOf, WebhookSignatures, webhookSignaturesOf } from '@parley/twilio';
import { GATEWAY_ENV, type GatewayEnv } from './gateway.env.js';
import { InboundModule } from './inbound/inbound.module.js';
import { LinesModule } from './lines/lines.module.js';
import { migrations } from './migrations/index.js';
import { OutboundModule } from './outbound/outbound.module.js';
import { PrepareGateway } from './prepare-gateway.js';
import { RestModule } from './rest/rest.module.js';

export const SERVICE = 'sms-gateway';
export const SCHEMA = 'gateway';

/** The public edge: texts in, texts out, REST. */
@Module({})
export class GatewayModule {
  static for(env: GatewayEnv): DynamicModule {
    const dataKeys = env.PARLEY_DATA_KEYS;
    const configuration: Provider[] = [
      { provide: GATEWAY_ENV, useValue: env },
      { provide: DataKeys, useValue: dataKeys },
      { provide: PublicUrls, useValue: publicUrlsOf(env) },
      { provide: WebhookSignatures, useValue: webhookSignaturesOf(env) },
    ];
    return {
      module: GatewayModule,
      global: true,
      imports: [
        MessagingModule.forService({
          service: SERVICE,
          natsUrl: env.NATS_URL,
          natsCredsFile: env.NATS_CREDS_FILE,
          natsTlsCaFile: env.NATS_TLS_CA_FILE,
          natsReplicas: env.NATS_REPLICAS,
          dataKeys,
        }),
        PersistenceModule.forService({
          service: SERVICE,
          schema: SCHEMA,
          databaseUrl: env.DATABASE_URL,
          migrations,
          dataKeys,
          recoveryTimes: scaled(recoveryTimes, env.RECOVERY_TIME_SCALE),
        }),
        LinesModule,
        InboundModule,
        OutboundModule,
        RestModule,
      ],
      providers: [...configuration, PrepareGateway],
      exports: configuration,
    };
  }
}
