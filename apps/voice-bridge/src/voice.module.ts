import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { MessagingModule } from '@parley/messaging';
import { PersistenceModule, recoveryTimes, scaled } from '@parley/persistence';
import { publicUrlsOf, WebhookSignatures, webhookSignaturesOf } from '@parley/twilio';
import { VoiceUrls } from './calls/voice-urls.js';
import { CallsModule } from './calls/calls.module.js';
import { MediaModule } from './media/media.module.js';
import { migrations } from './migrations/index.js';
import { SessionModule } from './session/session.module.js';
import { VOICE_ENV, type VoiceEnv } from './voice.env.js';

export const SERVICE = 'voice-bridge';
export const SCHEMA = 'voice';

/** Phone calls: the telephone network on one side, the agent on the other. */
@Module({})
export class VoiceModule {
  static for(env: VoiceEnv): DynamicModule {
    const dataKeys = env.PARLEY_DATA_KEYS;
    const configuration: Provider[] = [
      { provide: VOICE_ENV, useValue: env },
      { provide: DataKeys, useValue: dataKeys },
      { provide: VoiceUrls, useValue: new VoiceUrls(publicUrlsOf(env), env.MEDIA_PUBLIC_URL) },
      { provide: WebhookSignatures, useValue: webhookSignaturesOf(env) },
    ];
    return {
      module: VoiceModule,
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
        CallsModule,
        SessionModule,
        MediaModule,
      ],
      providers: configuration,
      exports: configuration,
    };
  }
}
