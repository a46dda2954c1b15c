import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

import { answerClientError } from '../http/client-error.js';
import { httpLimits } from '../http/http-limits.js';
import { answerMethodNotAllowed } from '../http/method-not-allowed.js';
import { ProblemDetailsFilter, type ProblemTranslator } from '../http/problem-details.filter.js';
import { Problem } from '../http/problem.js';
import { problems } from '../http/problem-kinds.js';
import { refuseUnreadableRequests } from '../http/readable-requests.js';
import { RequestValidationPipe } from '../http/request-validation.pipe.js';
import { sendProblem } from '../http/send-problem.js';
import { nestLogger } from '../logging/service-logger.js';
import { newId } from '../new-id.js';
import { registerHealthRoutes } from './health-routes.js';
import { ServiceState } from './service-state.js';

export interface ServiceAppOptions {
  readonly module: Type | DynamicModule;
  /** Translates errors of the service's own layers into problems, e.g. an outage into 503. */
  readonly problemOf?: ProblemTranslator;
  /** Runs before the application is initialised, to add body parsers, microservice strategies and adapters. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
}

@Module({})
class ServiceRoot {}

/** Builds the Nest application of a service, initialised and not yet listening. */
export async function createServiceApp(
  { module, problemOf, configure }: ServiceAppOptions,
  logger: Logger,
  state: ServiceState = new ServiceState(),
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(rootOf(module, state), createAdapter(), {
    logger: nestLogger(logger),
    abortOnError: false,
    rawBody: true,
  });
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  const completeRoutes = answerMethodNotAllowed(fastify);
  app.useGlobalFilters(new ProblemDetailsFilter(problemOf));
  app.useGlobalPipes(new RequestValidationPipe());
  refuseUnreadableRequests(fastify);
  registerHealthRoutes(fastify, state);
  closeConnectionsWhileDraining(fastify, state);
  if (logger.isLevelEnabled('debug')) logRequests(fastify, logger);
  await configure?.(app);
  await app.init();
  completeRoutes();
  return app;
}

function rootOf(module: Type | DynamicModule, state: ServiceState): DynamicModule {
  const provider = { provide: ServiceState, useValue: state };
  return { module: ServiceRoot, global: true, imports: [module], providers: [provider], exports: [provider] };
}

function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: httpLimits.bodyLimitBytes,
    requestTimeout: httpLimits.requestTimeoutMs,
    keepAliveTimeout: httpLimits.keepAliveTimeoutMs,
    http: {
      maxHeaderSize: httpLimits.maxHeaderBytes,
      headersTimeout: httpLimits.headersTimeoutMs,
      connectionsCheckingInterval: httpLimits.connectionCheckIntervalMs,
    },
    routerOptions: { maxParamLength: httpLimits.maxParamChars },
    genReqId: () => newId('req'),
    clientErrorHandler: answerClientError,
    /** The router refuses a path that it cannot decode before any route or filter is chosen. */
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, new Problem(problems.invalidRequest), request.id),
    multipart: false,
  });
}

/**
 * Closes the connection after each answer while the process drains: Node would leave it open, and the server would
 * never close.
 */
function closeConnectionsWhileDraining(fastify: FastifyInstance, state: ServiceState): void {
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (state.isDraining) reply.header('connection', 'close');
    done();
  });
}

/** Logs the route's pattern instead of the URL, which may hold a phone number. */
function logRequests(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, id: requestId, routeOptions } = request;
    const { statusCode: status, elapsedTime } = reply;
    const fields = { context: 'Http', requestId, method, route: routeOptions.url, status };
    logger.debug({ ...fields, ms: Math.round(elapsedTime) }, 'request answered');
    done();
  });
}
