/** An outgoing message violates its contract and is not sent. A bug of the producer. */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
}

/** The server refuses this message every time, e.g. for its size or for a missing permission. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}
