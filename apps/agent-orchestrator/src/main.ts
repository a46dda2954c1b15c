import 'reflect-metadata';
import { connectMessaging } from '@parley/messaging';
import { readEnv, startService } from '@parley/service-kit';
import { OrchestratorEnv } from './orchestrator.env.js';
import { OrchestratorModule, SERVICE } from './orchestrator.module.js';

/** The longest time a stop may take. It must exceed `textTurnPolicy.drainMs`, the time for turns in progress. */
const SHUTDOWN_DEADLINE_MS = 20_000;

const env = readEnv(SERVICE, OrchestratorEnv);

await startService({
  name: SERVICE,
  module: OrchestratorModule.for(env),
  env,
  port: env.PORT,
  host: env.HOST,
  shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  configure: connectMessaging,
});
