import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';

import { messageOf, withTimeout } from '@parley/resilience';
import type { LoggingEnv } from '../env/base-env.js';
import { createLogger } from '../logging/service-logger.js';
import { createServiceApp, type ServiceAppOptions } from './service-app.js';
import { ServiceState } from './service-state.js';

const SHUTDOWN_DEADLINE_MS = 10_000;

export interface ServiceOptions extends ServiceAppOptions {
  readonly name: string;
  readonly env: LoggingEnv;
  readonly port: number;
  readonly host?: string;
  /** How long requests and handlers in progress may take after a signal to stop; then the process exits anyway. */
  readonly shutdownDeadlineMs?: number;
}

/**
 * Runs a service until it gets a signal to stop. HTTP listens first; then microservice strategies connect, however long
 * that takes. After SIGTERM or SIGINT the service finishes its work (`ServiceState.finishBeforeClosing`) and closes;
 * after a fatal error or the end of the parent's IPC channel it closes at once. Exit codes: 0; 1 after the deadline or
 * a failure; 78 for a wrong configuration.
 */
export async function startService(options: ServiceOptions): Promise<void> {
  const { name, env, port, host = '0.0.0.0', shutdownDeadlineMs = SHUTDOWN_DEADLINE_MS } = options;
  const logger = createLogger(name, env);
  const state = new ServiceState((error) => void fail(error));
  let app: NestFastifyApplication | undefined;
  let isClosing = false;

  async function stop(reason: string, exitCode: number, { finishFirst = false } = {}): Promise<void> {
    if (isClosing || (finishFirst && state.isDraining)) return;
    state.drain();
    logger.info(`stopping: ${reason}`);
    if (finishFirst)
      await state
        .finished()
        .catch((error: unknown) => logger.error({ err: error }, 'The work to finish before closing failed'));
    await close(exitCode);
  }

  async function close(exitCode: number): Promise<void> {
    if (isClosing) return;
    isClosing = true;
    const isClosed = await closeWithin(app, shutdownDeadlineMs, logger);
    process.exit(isClosed ? exitCode : 1);
  }

  async function fail(error: unknown): Promise<void> {
    logger.fatal({ err: error }, `${name} cannot continue: ${messageOf(error)}`);
    await stop('after a fatal error', exitCodeOf(error));
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => void stop(signal, 0, { finishFirst: true }));
  process.on('disconnect', () => void stop('the parent process is gone', 0));
  process.on('uncaughtException', (error) => void fail(error));

  try {
    app = await createServiceApp(options, logger, state);
    await app.listen(port, host);
  } catch (error) {
    return fail(explainListenError(error, host, port));
  }
  if (state.isDraining) return;
  state.markStarted();
  logger.info(`listening on ${await app.getUrl()}`);
  app.startAllMicroservices().catch((error: unknown) => fail(error));
}

async function closeWithin(
  app: NestFastifyApplication | undefined,
  deadlineMs: number,
  logger: Logger,
): Promise<boolean> {
  const closed = Promise.resolve(app?.close()).then(() => true);
  try {
    return await withTimeout(deadlineMs, closed, () => {
      logger.error(`The service did not close within ${deadlineMs} ms; the process exits anyway`);
      return false;
    });
  } catch (error) {
    logger.error({ err: error }, 'The shutdown failed; the process exits anyway');
    return false;
  }
}

function explainListenError(error: unknown, host: string, port: number): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  if (code === 'EADDRINUSE')
    return new Error(`port ${port} on ${host} is in use by another program`, { cause: error });
  if (code === 'EACCES')
    return new Error(`this user may not listen on port ${port} on ${host}`, { cause: error });
  return error;
}

function exitCodeOf(error: unknown): number {
  const { exitCode } = (error ?? {}) as { exitCode?: unknown };
  return typeof exitCode === 'number' ? exitCode : 1;
}
