import { migrateEnv, runMigrateStep } from '@parley/persistence';
import { readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { SCHEMA, SERVICE } from './gateway.module.js';
import { migrations } from './migrations/index.js';

const env = readEnv(`${SERVICE} migrate`, z.object(migrateEnv));

await runMigrateStep({ service: SERVICE, schema: SCHEMA, env, migrations });
