import 'reflect-metadata';
import { connectMessaging } from '@parley/messaging';
import { readEnv, startService } from '@parley/service-kit';
import { OrchestratorEnv } from './orchestrator.env.js';
import { OrchestratorModule, SERVICE } from './orchestrator.module.js';

/** Must exceed `textTurnPolicy.drainMs`, the time that turns in progress have to end. */
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
