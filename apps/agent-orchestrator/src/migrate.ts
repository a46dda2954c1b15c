import { migrate, MigrationError } from '@parley/persistence';
import { EXIT_CONFIGURATION, readEnv, urlVariable } from '@parley/service-kit';
import { z } from 'zod';
import { seedAgents } from './agents/adapters/postgres-agent-seeding.js';
import { AgentsFileError, readAgentSeeds } from './agents/agent-seed.js';
import { migrations } from './migrations/index.js';
import { SCHEMA, SERVICE } from './orchestrator.module.js';

const MigrateEnv = z.object({
  DATABASE_URL: urlVariable('postgres', 'postgresql').describe(
    'the role that the service runs with, postgres://…',
  ),
  DATABASE_ADMIN_URL: urlVariable('postgres', 'postgresql').optional(),
  AGENTS_FILE: z.string().describe('the agents to begin with, a path like agents/agents.json'),
});

const env = readEnv(`${SERVICE} migrate`, MigrateEnv);

try {
  const agents = await readAgentSeeds(env.AGENTS_FILE);
  const { applied } = await migrate({
    service: SERVICE,
    schema: SCHEMA,
    adminUrl: env.DATABASE_ADMIN_URL,
    databaseUrl: env.DATABASE_URL,
    migrations,
    seed: (tx) => seedAgents(tx, agents),
  });
  process.stdout.write(
    `${SERVICE}: schema "${SCHEMA}" is up to date, ${applied.length} migrations ran now, ${agents.length} agents\n`,
  );
} catch (error) {
  if (!(error instanceof MigrationError || error instanceof AgentsFileError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_CONFIGURATION;
}
