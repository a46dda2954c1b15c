import type { ThreadId } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';

/** A thread's first text makes it known here; it may arrive this long after another message about the thread was sent. */
const FIRST_TEXT_WITHIN_MS = 10 * 60_000;

/**
 * For a message about a thread that is not known, by the time when it was sent.
 * @throws RetryableError while the thread's first text may still arrive
 */
export function awaitFirstText(threadId: ThreadId, sentAt: Date): void {
  if (Date.now() - sentAt.getTime() < FIRST_TEXT_WITHIN_MS) {
    throw new RetryableError(`Thread ${threadId} is not known yet`);
  }
}
