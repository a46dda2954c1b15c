import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { serviceModules } from '@parley/persistence';
import { scaleTimes } from '@parley/resilience';
import { AgentsModule } from './agents/agents.module.js';
import { type ConversationChannel, Channels } from './channels/channel.js';
import { SendSmsTool } from './channels/sms/send-sms.tool.js';
import { SmsChannel } from './channels/sms/sms-channel.js';
import { SmsChannelModule } from './channels/sms/sms.module.js';
import { VoiceChannel } from './channels/voice/turns/voice-channel.js';
import { VoiceChannelModule } from './channels/voice/voice.module.js';
import { WebChannel } from './channels/web/web-channel.js';
import { WebChannelModule } from './channels/web/web.module.js';
import { ContactsModule } from './contacts/contacts.module.js';
import { ConversationsModule } from './conversations/conversations.module.js';
import { entities } from './entities.js';
import { EventsModule } from './events/events.module.js';
import { migrations } from './migrations/index.js';
import { languageModelFor } from './model/adapters/language-model-for.js';
import { LanguageModel } from './model/language-model.js';
import type { OrchestratorEnv } from './orchestrator.env.js';
import { REPLY_POLICIES } from './replies/reply-policy.js';
import { Toolbox } from './replies/toolbox.js';
import { TEXT_TURN_POLICY, textTurnPolicyFor, type TextTurnPolicy } from './turns/text-turn-policy.js';
import { TurnsModule } from './turns/turns.module.js';
import { VerificationsModule } from './verifications/verifications.module.js';
import { RECOVERY_TIMES, recoveryTimes } from './recovery-times.js';

export const SERVICE = 'agent-orchestrator';

/** The channels of the service. A new channel adds its class here and its module to `imports` below. */
const CHANNELS = [SmsChannel, VoiceChannel, WebChannel];

/** The whole service: the conversation log, the agents' turns, the public events. */
@Module({})
export class OrchestratorModule {
  /** @param overrides replace the providers with the same tokens, for tests */
  static for(env: OrchestratorEnv, overrides: readonly Provider[] = []): DynamicModule {
    const shared: Provider[] = [
      { provide: RECOVERY_TIMES, useValue: scaleTimes(recoveryTimes, env.RECOVERY_TIME_SCALE) },
      { provide: DataKeys, useValue: env.PARLEY_DATA_KEYS },
      { provide: LanguageModel, useFactory: () => languageModelFor(env) },
      { provide: TEXT_TURN_POLICY, useValue: textTurnPolicyFor(env) },
      {
        provide: REPLY_POLICIES,
        useFactory: ({ replies }: TextTurnPolicy) => replies,
        inject: [TEXT_TURN_POLICY],
      },
      ...CHANNELS,
      {
        provide: Channels,
        useFactory: (...all: ConversationChannel[]) => new Channels(all),
        inject: CHANNELS,
      },
      {
        provide: Toolbox,
        useFactory: (sendSms: SendSmsTool) => new Toolbox([sendSms]),
        inject: [SendSmsTool],
      },
    ];
    return {
      module: OrchestratorModule,
      global: true,
      imports: [
        ...serviceModules({ service: SERVICE, migrations, entities, env }),
        ConversationsModule,
        ContactsModule,
        TurnsModule,
        SmsChannelModule,
        VoiceChannelModule,
        WebChannelModule,
        AgentsModule,
        EventsModule,
        VerificationsModule,
      ],
      providers: [...shared, ...overrides],
      exports: shared,
    };
  }
}
