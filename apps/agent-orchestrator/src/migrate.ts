import { migrateEnv, runMigrateStep } from '@parley/persistence';
import { readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { seedAgents } from './agents/adapters/postgres-agent-seeding.js';
import { readAgentSeeds } from './agents/agent-seed.js';
import { migrations } from './migrations/index.js';
import { SCHEMA, SERVICE } from './orchestrator.module.js';

const MigrateEnv = z.object({
  ...migrateEnv,
  AGENTS_FILE: z.string().describe('the agents to begin with, a path like agents/agents.json'),
});

const env = readEnv(`${SERVICE} migrate`, MigrateEnv);

await runMigrateStep({
  service: SERVICE,
  schema: SCHEMA,
  env,
  migrations,
  readSeed: async () => {
    const agents = await readAgentSeeds(env.AGENTS_FILE);
    return { what: `${agents.length} agents`, plant: (tx) => seedAgents(tx, agents) };
  },
});
