/** Nobody answered: the service or NATS is away, or the answer took too long. What was asked may have been done. */
export class RpcUnavailableError extends Error {
  override readonly name = 'RpcUnavailableError';
}

/** The service answered that it cannot or will not. Thrown by an `@Answers` method, it reaches the caller as it is. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';

  constructor(
    /** A word for programs, kebab-case. */
    readonly code: string,
    message: string,
    /** Whether the same request may succeed later. */
    readonly retryable = false,
  ) {
    super(message);
  }
}
