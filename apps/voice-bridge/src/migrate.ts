import { migrateEnv, runMigrateStep } from '@parley/persistence';
import { readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { migrations } from './migrations/index.js';

// Repeated here, because an import from the module would load the whole service.
const SERVICE = 'voice-bridge';

const env = readEnv(`${SERVICE} migrate`, z.object(migrateEnv));

await runMigrateStep({ service: SERVICE, env, migrations });
