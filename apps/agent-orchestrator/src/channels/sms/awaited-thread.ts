import type { ThreadId } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';

/**
 * How long a message about a thread is retried while the thread's first text, which creates the thread, has not
 * arrived.
 */
const FIRST_TEXT_WITHIN_MS = 10 * 60_000;

/**
 * Makes a consumer retry a message about an unknown thread until the thread's first text arrives.
 * @throws RetryableError while the thread's first text may still arrive
 */
export function retryUntilFirstText(threadId: ThreadId, sentAt: Date): void {
  if (Date.now() - sentAt.getTime() < FIRST_TEXT_WITHIN_MS) {
    throw new RetryableError(`Thread ${threadId} is unknown until its first text arrives`);
  }
}
