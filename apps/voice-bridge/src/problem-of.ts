import { RetryableError } from '@parley/messaging';
import { Problem, problems } from '@parley/service-kit';

const RETRY_AFTER_SECONDS = 2;

/** What Twilio is told when the database is away: it posts its callbacks again. */
export function problemOf(cause: unknown): Problem | undefined {
  if (!(cause instanceof RetryableError)) return undefined;
  return new Problem(problems.unavailable, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}
