/** The work failed for a reason that may pass: a dependency is unavailable, full or locked. A retry may succeed. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
}

/** A dependency has not answered since this process started. Callers retry and do not log it. */
export class NotReadyYetError extends RetryableError {
  override readonly name: string = 'NotReadyYetError';
}

/** This message can never be handled, however often it is delivered. Its consumer dead-letters it at once. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}
