import { Problem, type ProblemKind } from './problem.js';

/** The problems that any route may answer with. */
export const problems = {
  invalidRequest: kind('invalid_request', 400, 'The request is malformed'),
  unauthorized: kind('unauthorized', 401, 'A valid API key is required'),
  forbidden: kind('forbidden', 403, 'This is not allowed'),
  notFound: kind('not_found', 404, 'There is nothing here'),
  methodNotAllowed: kind('method_not_allowed', 405, 'This method is not allowed here'),
  requestTimeout: kind('request_timeout', 408, 'The request took too long to arrive', true),
  conflict: kind('conflict', 409, 'The request conflicts with the present state'),
  payloadTooLarge: kind('payload_too_large', 413, 'The request body is too large'),
  unsupportedMediaType: kind('unsupported_media_type', 415, 'This content type is not accepted here'),
  validationFailed: kind('validation_failed', 422, 'The request body does not have the expected shape'),
  tooManyRequests: kind('too_many_requests', 429, 'Too many requests', true),
  headersTooLarge: kind('headers_too_large', 431, 'The request headers are too large'),
  internalError: kind('internal_error', 500, 'Something went wrong on our side', true),
  unavailable: kind('unavailable', 503, 'The service cannot answer just now', true),
} as const satisfies Record<string, ProblemKind>;

const RETRY_AFTER_SECONDS = 2;

/** Returns the problem for a dependency that is unavailable, usually for a short time. */
export function unavailable(cause: unknown): Problem {
  return new Problem(problems.unavailable, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}

/** Returns the kind of problem for a status about which nothing more is known. */
export function kindOfStatus(status: number): ProblemKind {
  const known = Object.values(problems).find((candidate) => candidate.status === status);
  if (known) return known;
  return status >= 400 && status < 500 ? { ...problems.invalidRequest, status } : problems.internalError;
}

function kind(code: string, status: number, title: string, retryable = false): ProblemKind {
  return { code, status, title, retryable };
}
