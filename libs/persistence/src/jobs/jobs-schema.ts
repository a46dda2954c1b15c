import { PgBoss } from 'pg-boss';

/** Returns the name of the schema for a service's scheduled jobs, beside the service's own schema. */
export function jobsSchemaOf(schema: string): string {
  return `${schema}_jobs`;
}

/** The pg-boss options that the migration step and the running service share. */
export const jobsOptions = {
  createSchema: false,
  persistQueueStats: false,
  persistWarnings: false,
  registerInstance: false,
  reindex: false,
  monitorVacuum: false,
} as const;

/** Creates or updates pg-boss's tables in an existing schema, on a connection with its owner's rights. */
export async function installJobs(url: string, sessionOptions: string, schema: string): Promise<void> {
  const boss = new PgBoss({
    ...jobsOptions,
    connectionString: url,
    options: sessionOptions,
    application_name: `${schema} migrate`,
    max: 1,
    schema,
    migrate: true,
    supervise: false,
    schedule: false,
  });
  const errors: unknown[] = [];
  boss.on('error', (error) => errors.push(error));
  try {
    await boss.start();
  } finally {
    await boss.stop();
  }
  if (errors.length > 0) throw errors[0];
}
