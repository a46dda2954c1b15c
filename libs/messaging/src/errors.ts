/** Our own message breaks its contract; it must not leave. A bug of the producer. */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
}

/** The server refuses this message for good, e.g. for its size or for want of permission. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}
