/**
 * No answer arrived: the service or NATS is unavailable, or the answer took too long. The service may have handled the
 * request.
 */
export class RpcUnavailableError extends Error {
  override readonly name = 'RpcUnavailableError';
}

/** The service refused the request. If an `@Answers` method throws this error, the caller receives the same error. */
export class RpcFailure extends Error {
  override readonly name = 'RpcFailure';

  constructor(
    /** A code for programs, kebab-case. */
    readonly code: string,
    message: string,
    /** Whether the same request may succeed later. */
    readonly retryable = false,
  ) {
    super(message);
  }
}

/** Says whether the same request may succeed later: no service answered, or the refusal is retryable. */
export function mayRpcSucceedLater(error: unknown): boolean {
  return error instanceof RpcUnavailableError || (error instanceof RpcFailure && error.retryable);
}
