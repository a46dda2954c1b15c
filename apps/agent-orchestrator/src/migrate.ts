import { MessageCodec } from '@parley/messaging';
import { migrateEnv, Outbox, runMigrateStep } from '@parley/persistence';
import { baseEnv, readEnv } from '@parley/service-kit';
import { z } from 'zod';
import { AgentSeeding } from './agents/adapters/postgres-agent-seeding.js';
import { readAgentSeeds } from './agents/agent-seed.js';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';

// The name is repeated here, because an import from the module would load the whole service.
const SERVICE = 'agent-orchestrator';

/**
 * The settings of this step. `baseEnv` has the data keys, which seal the agents' numbers, and makes the step report
 * mistakes in the service's other settings too.
 */
const MigrateEnv = z.object({
  ...baseEnv,
  ...migrateEnv,
  AGENTS_FILE: z.string().describe('the agents to begin with, a path like agents/agents.json'),
});

const env = readEnv(`${SERVICE} migrate`, MigrateEnv);

await runMigrateStep({
  service: SERVICE,
  env,
  migrations,
  entities,
  readSeed: async () => {
    const agents = await readAgentSeeds(env.AGENTS_FILE);
    const dataKeys = env.PARLEY_DATA_KEYS;
    const seeding = new AgentSeeding(dataKeys, new Outbox(SERVICE, new MessageCodec(dataKeys)));
    return { summary: `${agents.length} agents`, run: (tx) => seeding.execute(tx, agents) };
  },
});
