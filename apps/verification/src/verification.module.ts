import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { serviceModules } from '@parley/persistence';
import type { VerificationPolicy } from '@parley/verification-policy';
import { migrations } from './migrations/index.js';
import { policyOf, VERIFICATION_ENV, VERIFICATION_POLICY, type VerificationEnv } from './verification.env.js';
import { VerificationsModule } from './verifications/verifications.module.js';

export const SERVICE = 'verification';

/** Proves that a phone belongs to the person who asks. */
@Module({})
export class VerificationModule {
  static for(env: VerificationEnv, policy: VerificationPolicy = policyOf(env)): DynamicModule {
    const configuration: Provider[] = [
      { provide: VERIFICATION_ENV, useValue: env },
      { provide: VERIFICATION_POLICY, useValue: policy },
      { provide: DataKeys, useValue: env.PARLEY_DATA_KEYS },
    ];
    return {
      module: VerificationModule,
      global: true,
      imports: [...serviceModules({ service: SERVICE, migrations, env }), VerificationsModule],
      providers: configuration,
      exports: configuration,
    };
  }
}
