import { RetryableError } from '@parley/resilience';
import { type Problem, unavailable } from '@parley/service-kit';

/** Answers Twilio with 503 while the database is unavailable, so that Twilio posts its callback again. */
export function problemOf(cause: unknown): Problem | undefined {
  return cause instanceof RetryableError ? unavailable(cause) : undefined;
}
