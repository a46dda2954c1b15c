import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { serviceModules } from '@parley/persistence';
import { scaleTimes } from '@parley/resilience';
import { publicUrlsOf, WebhookSignatures, webhookSignaturesOf } from '@parley/twilio';
import { VoiceUrls } from './calls/voice-urls.js';
import { CallsModule } from './calls/calls.module.js';
import { MediaModule } from './media/media.module.js';
import { migrations } from './migrations/index.js';
import { SessionModule } from './session/session.module.js';
import { RECOVERY_TIMES, recoveryTimes } from './recovery-times.js';
import { VOICE_ENV, type VoiceEnv } from './voice.env.js';

export const SERVICE = 'voice-bridge';

/** Phone calls: the telephone network on one side, the agent on the other. */
@Module({})
export class VoiceModule {
  static for(env: VoiceEnv): DynamicModule {
    const configuration: Provider[] = [
      { provide: RECOVERY_TIMES, useValue: scaleTimes(recoveryTimes, env.RECOVERY_TIME_SCALE) },
      { provide: VOICE_ENV, useValue: env },
      { provide: DataKeys, useValue: env.PARLEY_DATA_KEYS },
      { provide: VoiceUrls, useValue: new VoiceUrls(publicUrlsOf(env), env.MEDIA_PUBLIC_URL) },
      { provide: WebhookSignatures, useValue: webhookSignaturesOf(env) },
    ];
    return {
      module: VoiceModule,
      global: true,
      imports: [
        ...serviceModules({ service: SERVICE, migrations, env }),
        CallsModule,
        SessionModule,
        MediaModule,
      ],
      providers: configuration,
      exports: configuration,
    };
  }
}
