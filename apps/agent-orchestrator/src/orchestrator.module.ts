import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { serviceModules } from '@parley/persistence';
import { scaled } from '@parley/resilience';
import { AgentsModule } from './agents/agents.module.js';
import { CallsModule } from './calls/calls.module.js';
import { ConversationsModule } from './conversations/conversations.module.js';
import { EventsModule } from './events/events.module.js';
import { migrations } from './migrations/index.js';
import { ModelModule } from './model/model.module.js';
import type { OrchestratorEnv } from './orchestrator.env.js';
import { TURN_POLICY, turnPolicyFor } from './turns/turn-policy.js';
import { TurnsModule } from './turns/turns.module.js';
import { RECOVERY_TIMES, recoveryTimes } from './recovery-times.js';

export const SERVICE = 'agent-orchestrator';
export const SCHEMA = 'orchestrator';

/** Conversations: the log, the agent's turns, the public events. */
@Module({})
export class OrchestratorModule {
  static for(env: OrchestratorEnv): DynamicModule {
    const configuration: Provider[] = [
      { provide: RECOVERY_TIMES, useValue: scaled(recoveryTimes, env.RECOVERY_TIME_SCALE) },
      { provide: TURN_POLICY, useValue: turnPolicyFor(env) },
      { provide: DataKeys, useValue: env.PARLEY_DATA_KEYS },
    ];
    return {
      module: OrchestratorModule,
      global: true,
      imports: [
        ...serviceModules({ service: SERVICE, schema: SCHEMA, migrations, env }),
        ModelModule.with(env),
        ConversationsModule,
        TurnsModule,
        CallsModule,
        AgentsModule,
        EventsModule,
      ],
      providers: configuration,
      exports: configuration,
    };
  }
}
