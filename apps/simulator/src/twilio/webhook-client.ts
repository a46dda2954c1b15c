import type { RequestLog, WebhookPost } from '../log/request-log.js';
import type { TwilioAccount } from './account.js';
import { type RetryReason, splitWebhookUrl } from './connection-overrides.js';
import { type PostResult, postForm } from './form-post.js';
import { signForm } from './signature.js';

export interface WebhookRequest {
  readonly kind: WebhookPost['kind'];
  /** The fragment can contain connection overrides. */
  readonly url: string;
  /** Tried when `url` does not answer 2xx. */
  readonly fallbackUrl?: string;
  readonly messageSid?: string;
  readonly callSid?: string;
  readonly params: Record<string, string>;
  readonly idempotencyToken: string;
  readonly signed: boolean;
}

export interface WebhookAttempt {
  readonly url: string;
  readonly outcome: PostResult['outcome'];
  readonly status: number | null;
  readonly error: string | null;
}

/** `status` and `body` are those of the last attempt, null when it had no answer. */
export interface WebhookResult {
  readonly status: number | null;
  readonly body: string | null;
  readonly attempts: readonly WebhookAttempt[];
}

function retryReasonOf(result: PostResult): RetryReason | undefined {
  if (result.outcome !== 'answered') return result.outcome === 'connect-failed' ? 'ct' : 'rt';
  if (result.status >= 500) return '5xx';
  if (result.status >= 400) return '4xx';
  return undefined;
}

/** Posts webhooks as Twilio does: signed, with the retries of the URL's overrides, then to the fallback URL. */
export class WebhookClient {
  private stopped = new AbortController();

  constructor(
    private readonly account: TwilioAccount,
    private readonly log: RequestLog,
  ) {}

  async post(hook: WebhookRequest): Promise<WebhookResult> {
    const signal = this.stopped.signal;
    const attempts: WebhookAttempt[] = [];
    let last = await this.tryUrl(hook, hook.url, hook.params, attempts, signal);
    const reason = retryReasonOf(last);
    if (reason && hook.fallbackUrl && !signal.aborted) {
      // 11205: no connection; 11200: no usable answer (https://www.twilio.com/docs/api/errors).
      const params = {
        ...hook.params,
        ErrorCode: reason === 'ct' ? '11205' : '11200',
        ErrorUrl: splitWebhookUrl(hook.url).url,
      };
      last = await this.tryUrl(hook, hook.fallbackUrl, params, attempts, signal);
    }
    return last.outcome === 'answered'
      ? { status: last.status, body: last.body, attempts }
      : { status: null, body: null, attempts };
  }

  /** Cancels all posts in progress. */
  abort(): void {
    this.stopped.abort();
    this.stopped = new AbortController();
  }

  private async tryUrl(
    hook: WebhookRequest,
    urlWithOverrides: string,
    params: Record<string, string>,
    attempts: WebhookAttempt[],
    signal: AbortSignal,
  ): Promise<PostResult> {
    const { url, overrides } = splitWebhookUrl(urlWithOverrides);
    const startedAt = performance.now();
    for (let tries = 1; ; tries += 1) {
      const headers: Record<string, string> = {
        accept: '*/*',
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'i-twilio-idempotency-token': hook.idempotencyToken,
        'user-agent': 'TwilioProxy/1.1',
      };
      if (hook.signed) headers['x-twilio-signature'] = signForm(this.account.authToken, url, params);
      const elapsedMs = performance.now() - startedAt;
      const entry = this.logAttempt(hook, url, params, headers, attempts.length + 1, signal);
      const result = await postForm({
        url,
        body: new URLSearchParams(params).toString(),
        headers,
        ...overrides,
        totalTimeoutMs: Math.max(1, overrides.totalTimeoutMs - elapsedMs),
        signal,
      });
      const status = result.outcome === 'answered' ? result.status : null;
      const error = result.outcome === 'answered' ? null : result.error;
      const durationMs = Math.round(performance.now() - startedAt - elapsedMs);
      Object.assign(entry, { outcome: result.outcome, status, error, durationMs });
      this.log.changed();
      attempts.push({ url, outcome: result.outcome, status, error });
      const reason = retryReasonOf(result);
      const isOver = performance.now() - startedAt >= overrides.totalTimeoutMs;
      if (!reason || !overrides.retryOn.includes(reason)) return result;
      if (tries > overrides.retryCount || isOver || signal.aborted) return result;
    }
  }

  private logAttempt(
    hook: WebhookRequest,
    url: string,
    params: Record<string, string>,
    headers: Record<string, string>,
    attempt: number,
    signal: AbortSignal,
  ): WebhookPost {
    const make = (index: number): WebhookPost => ({
      index,
      kind: hook.kind,
      at: new Date().toISOString(),
      url,
      messageSid: hook.messageSid ?? null,
      callSid: hook.callSid ?? null,
      attempt,
      params,
      headers,
      outcome: 'pending',
      status: null,
      error: null,
      durationMs: null,
    });
    if (signal.aborted) return make(-1);
    return this.log.append(make);
  }
}
