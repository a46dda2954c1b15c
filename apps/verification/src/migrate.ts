import { migrateEnv, runMigrateStep } from '@parley/persistence';
import { readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { migrations } from './migrations/index.js';

// Not imported from the module, which would load the whole service.
const SERVICE = 'verification';

const env = readEnv(`${SERVICE} migrate`, z.object(migrateEnv));

await runMigrateStep({ service: SERVICE, env, migrations });
