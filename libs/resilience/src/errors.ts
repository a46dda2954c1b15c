/** Work failed for a reason that may pass: a dependency is unavailable, full or locked. A retry may succeed. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
}

/** A dependency has not answered since this process started. Callers retry without logging it. */
export class NotReadyYetError extends RetryableError {
  override readonly name: string = 'NotReadyYetError';
}

/** A message can never be handled, however often it is delivered. Its consumer makes it a dead letter at once. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}
