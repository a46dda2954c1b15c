/** A thread's first text makes it known here, and may arrive this long after another message of the thread was sent. */
const UNDER_WAY_MS = 10 * 60_000;

/** Whether a thread that is not known, though a message of it was sent then, may still become known. */
export function mayBeUnderWay(sentAt: Date): boolean {
  return Date.now() - sentAt.getTime() < UNDER_WAY_MS;
}
