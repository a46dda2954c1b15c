/** An outgoing message violates its contract and is not sent. This is a bug of the producer. */
export class ContractViolationError extends Error {
  override readonly name = 'ContractViolationError';
}

/** The server refuses this message every time, such as for its size or a missing permission. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}
