import { RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { RetryableError } from '@parley/resilience';
import { Problem, problems, unavailable } from '@parley/service-kit';
import { apiProblems } from './api-problems.js';

const REDRIVE_RETRY_AFTER_SECONDS = 2;

/** The problem to return when a service or Postgres is unavailable or refuses a request. */
export function problemOf(cause: unknown): Problem | undefined {
  if (cause instanceof RetryableError || cause instanceof RpcUnavailableError) return unavailable(cause);
  if (cause instanceof RpcFailure) return refusalOf(cause);
  return undefined;
}

function refusalOf(failure: RpcFailure): Problem | undefined {
  if (failure.code === 'redrive-under-way') {
    const retryAfterSeconds = REDRIVE_RETRY_AFTER_SECONDS;
    return new Problem(apiProblems.redriveUnderWay, { retryAfterSeconds, cause: failure });
  }
  if (failure.retryable) return unavailable(failure);
  if (failure.code === 'too-large') return new Problem(apiProblems.answerTooLarge, { cause: failure });
  if (failure.code === 'invalid-cursor')
    return new Problem(problems.invalidRequest, {
      errors: [{ pointer: '#/cursor', code: 'invalid_cursor', detail: failure.message }],
      cause: failure,
    });
  return undefined;
}
