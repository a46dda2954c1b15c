import type { ThreadId } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';

/**
 * How long the first text of a thread may arrive after another message about the thread was sent. That text
 * creates the thread here.
 */
const FIRST_TEXT_WITHIN_MS = 10 * 60_000;

/**
 * Lets a message about an unknown thread be retried until the thread's first text arrives.
 * @throws RetryableError while the thread's first text may still arrive
 */
export function retryUntilFirstText(threadId: ThreadId, sentAt: Date): void {
  if (Date.now() - sentAt.getTime() < FIRST_TEXT_WITHIN_MS) {
    throw new RetryableError(`Thread ${threadId} is unknown until its first text arrives`);
  }
}
