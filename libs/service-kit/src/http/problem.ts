import { HttpException } from '@nestjs/common';

/** A kind of problem: an entry of the error catalogue. `code` is stable and in snake_case; clients decide by it. */
export interface ProblemKind {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
}

/** The problem of one field. `pointer` is a JSON pointer as a URI fragment, `#/data/0/to`. */
export interface FieldProblem {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/**
 * The details of one occurrence of a problem. They must not contain a phone number, a body or another client's secret.
 */
export interface ProblemDetails {
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly providerCode?: string;
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The body of an error answer, `application/problem+json` (RFC 9457). */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly retryable: boolean;
  readonly requestId: string;
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  readonly providerCode?: string;
}

/** An expected refusal of an HTTP request. */
export class Problem extends HttpException {
  override readonly name = 'Problem';

  constructor(
    readonly kind: ProblemKind,
    readonly details: ProblemDetails = {},
  ) {
    super(details.detail ?? kind.title, kind.status, { cause: details.cause });
  }

  bodyFor(requestId: string): ProblemBody {
    const { detail, errors, providerCode } = this.details;
    return problemBody(this.kind, requestId, { detail, errors, providerCode });
  }
}

export function problemBody(
  { code, title, status, retryable }: ProblemKind,
  requestId: string,
  rest: Pick<ProblemDetails, 'detail' | 'errors' | 'providerCode'> = {},
): ProblemBody {
  return { type: `urn:parley:problem:${code}`, title, status, code, retryable, requestId, ...rest };
}
