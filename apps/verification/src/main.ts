import 'reflect-metadata';
import { connectMessaging } from '@parley/messaging';
import { readEnv, startService } from '@parley/service-kit';
import { VerificationEnv } from './verification.env.js';
import { SERVICE, VerificationModule } from './verification.module.js';

/** Longer than the transactions in progress may take to end. */
const SHUTDOWN_DEADLINE_MS = 10_000;

const env = readEnv(SERVICE, VerificationEnv);

await startService({
  name: SERVICE,
  module: VerificationModule.for(env),
  env,
  port: env.PORT,
  host: env.HOST,
  shutdownDeadlineMs: SHUTDOWN_DEADLINE_MS,
  configure: connectMessaging,
});
