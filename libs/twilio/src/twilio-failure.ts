/** Whether a failed request had an effect at Twilio. */
export type TwilioFailure =
  /** Twilio refused the request; `code` is Twilio's error code. */
  | { readonly kind: 'rejected'; readonly status: number; readonly code?: number; readonly detail?: string }
  /**
   * The request certainly had no effect and may be tried again: a rate limit, no connection, the deadline before the write.
   */
  | { readonly kind: 'not-processed'; readonly reason: string; readonly retryAfterMs?: number }
  /** The request may have had an effect: a server error, a timeout or a broken connection after the write. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The only error that a request to Twilio throws. */
export class TwilioRequestError extends Error {
  override readonly name = 'TwilioRequestError';

  constructor(
    readonly failure: TwilioFailure,
    options?: ErrorOptions,
  ) {
    super(describe(failure), options);
  }
}

/** The failure of a request to Twilio; undefined for any other error. */
export function twilioFailureOf(error: unknown): TwilioFailure | undefined {
  return error instanceof TwilioRequestError ? error.failure : undefined;
}

/** Reads an error answer. A request with 429 was never processed; one with 5xx may have been. */
export function failureOfAnswer(status: number, body: string, retryAfter: string | undefined): TwilioFailure {
  if (status === 429) return { kind: 'not-processed', reason: 'HTTP 429', ...readRetryAfter(retryAfter) };
  const isRefusal = status >= 400 && status < 500 && status !== 408;
  return isRefusal
    ? { kind: 'rejected', status, ...readBody(body) }
    : { kind: 'unknown', reason: `HTTP ${status}` };
}

function readRetryAfter(header: string | undefined): { retryAfterMs?: number } {
  return header !== undefined && /^\d{1,5}$/.test(header) ? { retryAfterMs: Number(header) * 1000 } : {};
}

function readBody(body: string): { code?: number; detail?: string } {
  try {
    const { code, message } = Object(JSON.parse(body));
    return {
      ...(typeof code === 'number' && { code }),
      ...(typeof message === 'string' && { detail: message }),
    };
  } catch {
    return {};
  }
}

function describe(failure: TwilioFailure): string {
  if (failure.kind === 'rejected')
    return `Twilio refused the request: HTTP ${failure.status}, error ${failure.code ?? 'without a code'}`;
  if (failure.kind === 'not-processed') return `Twilio did not process the request: ${failure.reason}`;
  return `Whether Twilio processed the request is unknown: ${failure.reason}`;
}
