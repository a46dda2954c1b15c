import { RetryableError } from '@parley/resilience';
import { type Problem, unavailable } from '@parley/service-kit';

/** What Twilio is told when the database is away: it posts its callbacks again. */
export function problemOf(cause: unknown): Problem | undefined {
  return cause instanceof RetryableError ? unavailable(cause) : undefined;
}
