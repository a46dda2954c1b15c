import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { serviceModules } from '@parley/persistence';
import { scaleTimes } from '@parley/resilience';
import { PublicUrls, publicUrlsOf, WebhookSignatures, webhookSignaturesOf } from '@parley/twilio';
import { ApiModule } from './api/api.module.js';
import { CodesModule } from './codes/codes.module.js';
import { entities } from './entities.js';
import { GATEWAY_ENV, type GatewayEnv } from './gateway.env.js';
import { InboundModule } from './inbound/inbound.module.js';
import { LinesModule } from './lines/lines.module.js';
import { migrations } from './migrations/index.js';
import { OutboundModule } from './outbound/outbound.module.js';
import { PrepareGateway } from './prepare-gateway.js';
import { RECOVERY_TIMES, recoveryTimes } from './recovery-times.js';
import { WebChatModule } from './web-chat/web-chat.module.js';

export const SERVICE = 'sms-gateway';

/** The public edge: texts in, texts out, web chat, REST. */
@Module({})
export class GatewayModule {
  static for(env: GatewayEnv): DynamicModule {
    const configuration: Provider[] = [
      { provide: RECOVERY_TIMES, useValue: scaleTimes(recoveryTimes, env.RECOVERY_TIME_SCALE) },
      { provide: GATEWAY_ENV, useValue: env },
      { provide: DataKeys, useValue: env.PARLEY_DATA_KEYS },
      { provide: PublicUrls, useValue: publicUrlsOf(env) },
      { provide: WebhookSignatures, useValue: webhookSignaturesOf(env) },
    ];
    return {
      module: GatewayModule,
      global: true,
      imports: [
        ...serviceModules({ service: SERVICE, migrations, entities, env }),
        LinesModule,
        InboundModule,
        OutboundModule,
        CodesModule,
        ApiModule,
        WebChatModule,
      ],
      providers: [...configuration, PrepareGateway],
      exports: configuration,
    };
  }
}
