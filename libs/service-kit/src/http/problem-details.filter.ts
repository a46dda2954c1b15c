import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { Problem } from './problem.js';
import { kindOfStatus, problems } from './problem-kinds.js';
import { sendProblem } from './send-problem.js';

/** Translates an error of a service's own layers into a problem; returns undefined for any other error. */
export type ProblemTranslator = (error: unknown) => Problem | undefined;

/** Answers every error of an HTTP request with problem details, including errors of the router and the body parsers. */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  readonly #logger = new Logger('Http');

  constructor(private readonly translate: ProblemTranslator = () => undefined) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.#problemOf(error);
    if (problem.kind.status >= 500) this.#log(error, problem, request);
    if (!reply.sent) sendProblem(reply, problem, request.id);
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const translated = this.translate(error);
    if (translated) return translated;
    const status = statusOf(error);
    const detail = badBodyOf(error);
    return new Problem(status === undefined ? problems.internalError : kindOfStatus(status), {
      ...(detail !== undefined && { detail }),
      cause: error,
    });
  }

  #log(error: unknown, problem: Problem, request: FastifyRequest): void {
    const { method, id: requestId, routeOptions } = request;
    const fields = { requestId, method, route: routeOptions.url, status: problem.kind.status };
    const err = error instanceof Problem ? error.cause : error;
    if (problem.kind.status === problems.unavailable.status)
      this.#logger.warn({ ...fields, err }, problem.message);
    else this.#logger.error({ ...fields, err }, problem.message);
  }
}

/**
 * Returns Fastify's message about a body that its JSON parser refused; Nest passes it on in an exception of its own.
 */
function badBodyOf(error: unknown): string | undefined {
  return error instanceof HttpException && /^Body .* 'application\/json'$/.test(error.message)
    ? error.message
    : undefined;
}

/** Returns the status that both Nest's exceptions and Fastify's errors carry. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}
