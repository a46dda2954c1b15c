import { readAgentSeeds } from '@parley/agent-orchestrator';
import {
  type LocalService,
  NatsServerUnavailableError,
  findNatsServer,
  variablesBeforeStart,
  problemOfNats,
  problemOfPostgres,
} from '@parley/local-stack';
import { ConfigurationError } from '@parley/service-kit/env';
import type { LaunchSettings } from './launch-settings.js';
import { problemsOfService } from './launched-services.js';

export interface SettingsToCheck {
  env: NodeJS.ProcessEnv;
  services: readonly LocalService[];
  serviceEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Returns the problems of the settings of all services, and of the servers and files that the settings name. */
export async function problemsBeforeStart(
  settings: LaunchSettings,
  { env, services, serviceEnv }: SettingsToCheck,
): Promise<Map<string, string>> {
  const { databaseAdminUrl, databaseUrl, natsUrl, publicUrl } = settings;
  const problems = new Map<string, string>();
  const add = (variable: string, problem: string | undefined) => {
    if (problem !== undefined) problems.set(variable, problem);
  };
  for (const service of services) {
    const variables = variablesBeforeStart(service, { publicUrl, serviceEnv });
    problemsOfService(service.name, variables).forEach((problem, variable) => add(variable, problem));
    if (variables['AGENTS_FILE']) add('AGENTS_FILE', await problemOfAgents(variables['AGENTS_FILE']));
  }
  if (databaseAdminUrl) add('DATABASE_ADMIN_URL', await problemOfPostgres(databaseAdminUrl));
  else if (databaseUrl) add('DATABASE_URL', await problemOfPostgres(databaseUrl));
  if (natsUrl) add('NATS_URL', await problemOfNats(natsUrl));
  else if (env['NATS_SERVER_BIN']) add('NATS_SERVER_BIN', await problemOfNatsServer(env));
  return problems;
}

async function problemOfAgents(file: string): Promise<string | undefined> {
  try {
    await readAgentSeeds(file);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

async function problemOfNatsServer(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    await findNatsServer({ env });
    return undefined;
  } catch (error) {
    if (error instanceof NatsServerUnavailableError) return error.message.replace(/^NATS_SERVER_BIN /, '');
    throw error;
  }
}
