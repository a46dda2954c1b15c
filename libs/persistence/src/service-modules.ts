import type { DynamicModule } from '@nestjs/common';
import { type ServiceName, services } from '@parley/contracts';
import { MessagingModule } from '@parley/messaging';
import { scaleTimes } from '@parley/resilience';
import type { BaseEnv } from '@parley/service-kit';

import type { DatabaseOptions } from './database/database.js';
import { PersistenceModule } from './persistence.module.js';
import { persistenceTimes } from './persistence-times.js';
import type { MigrationClass } from './schema/require-migrated.js';

export interface ServiceFoundation {
  readonly service: ServiceName;
  readonly migrations: readonly MigrationClass[];
  readonly entities?: DatabaseOptions['entities'];
  readonly env: BaseEnv;
}

/** The modules of every service: its connection to NATS, and its schema in Postgres. */
export function serviceModules({ service, migrations, entities, env }: ServiceFoundation): DynamicModule[] {
  const dataKeys = env.PARLEY_DATA_KEYS;
  return [
    MessagingModule.forService({
      service,
      natsUrl: env.NATS_URL,
      natsCredsFile: env.NATS_CREDS_FILE,
      natsTlsCaFile: env.NATS_TLS_CA_FILE,
      natsReplicas: env.NATS_REPLICAS,
      dataKeys,
    }),
    PersistenceModule.forService({
      service,
      schema: services[service].schema,
      databaseUrl: env.DATABASE_URL,
      migrations,
      entities,
      dataKeys,
      times: scaleTimes(persistenceTimes, env.RECOVERY_TIME_SCALE),
    }),
  ];
}
