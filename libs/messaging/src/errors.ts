/** It cannot be done now, but the same again may succeed: something we depend on is away, full or locked. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
}

/** What we depend on has not answered once since our own start: it is tried again, and nobody needs to hear of it. */
export class NotReadyYetError extends RetryableError {
  override readonly name: string = 'NotReadyYetError';
}

/** This message can never be handled, however often it comes: it is buried at once. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}

/** Our own message breaks its contract; it must not leave. A bug of the producer. */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
}

/** The server refuses this message for good, e.g. for its size or for want of permission. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}
