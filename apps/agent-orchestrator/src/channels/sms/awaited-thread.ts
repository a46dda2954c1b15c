import type { ThreadId } from '@parley/kernel';
import { RetryableError } from '@parley/resilience';

/**
 * The first text of a thread makes the thread known. It may arrive this long after another message about the thread was
 * sent.
 */
const FIRST_TEXT_WITHIN_MS = 10 * 60_000;

/**
 * Handles a message about an unknown thread, sent at this time.
 * @throws RetryableError while the thread's first text may still arrive
 */
export function awaitFirstText(threadId: ThreadId, sentAt: Date): void {
  if (Date.now() - sentAt.getTime() < FIRST_TEXT_WITHIN_MS) {
    throw new RetryableError(`Thread ${threadId} is not known yet`);
  }
}
