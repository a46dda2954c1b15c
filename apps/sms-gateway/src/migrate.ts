import { migrateEnv, runMigrateStep } from '@parley/persistence';
import { readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { migrations } from './migrations/index.js';

// Repeated here, because an import of gateway.module.ts would load the whole service.
const SERVICE = 'sms-gateway';

const env = readEnv(`${SERVICE} migrate`, z.object(migrateEnv));

await runMigrateStep({ service: SERVICE, env, migrations });
