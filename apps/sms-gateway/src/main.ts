import { readEnv, startService } from '@parley/service-kit';
import { problemOf } from './api/problem-of.js';
import { configureGateway } from './configure-gateway.js';
import { GatewayEnv } from './gateway.env.js';
import { GatewayModule, SERVICE } from './gateway.module.js';

/** Longer than the 20 s of a send, so that a shutdown can wait for all sends. */
const SHUTDOWN_DEADLINE_MS = 25_000;

const env = readEnv(SERVICE, GatewayEnv);

await startService({
  name: SERVICE,
  module: GatewayModule.for(env),
  env,
  port: env.WEBHOOK_PORT ?? env.PORT,
  host: env.HOST,
  shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  problemOf,
  configure: configureGateway,
});
