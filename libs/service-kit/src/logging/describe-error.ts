const MAX_CAUSES = 4;
const SAFE_CODE = /^[A-Za-z0-9_.-]{1,40}$/;

/** The part of an error that a log may contain. */
export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly code?: string | number;
  readonly status?: number;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
  readonly errors?: ErrorDescription[];
}

/**
 * Returns the parts of an error that are safe to log: vendors' errors carry requests with credentials and texts,
 * database errors carry parameters and rows.
 */
export function describeError(
  error: Error & { code?: unknown; status?: unknown },
  depth = 0,
): ErrorDescription {
  const { code, status } = error;
  return {
    type: error.name,
    message: error.message,
    ...(isSafeCode(code) && { code }),
    ...(typeof status === 'number' && { status }),
    ...(error.stack !== undefined && { stack: framesOf(error.stack) }),
    ...(error.cause instanceof Error &&
      depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      depth < MAX_CAUSES && { errors: describeAll(error.errors, depth + 1) }),
  };
}

function describeAll(errors: unknown[], depth: number): ErrorDescription[] {
  return errors
    .slice(0, MAX_CAUSES)
    .filter((inner) => inner instanceof Error)
    .map((inner) => describeError(inner, depth));
}

function isSafeCode(code: unknown): code is string | number {
  return typeof code === 'number' || (typeof code === 'string' && SAFE_CODE.test(code));
}

/** Returns only the frames of a stack, because its first line repeats the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');
}
