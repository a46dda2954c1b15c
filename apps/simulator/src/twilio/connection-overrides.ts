/** `ct`: connecting failed; `rt`: reading the answer failed; `4xx`, `5xx`: the status of the answer. */
export type RetryReason = 'ct' | 'rt' | '4xx' | '5xx';

/** Retries and time-outs of a webhook. */
export interface ConnectionOverrides {
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retryCount: number;
  readonly retryOn: readonly RetryReason[];
}

const ALL_REASONS: readonly RetryReason[] = ['ct', 'rt', '4xx', '5xx'];

/**
 * Splits a webhook URL from the connection overrides in its fragment (`#rc=3&rp=ct,rt,5xx&ct=2000&rt=3000&tt=15000`).
 * Ranges and defaults: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export function splitWebhookUrl(url: string): { url: string; overrides: ConnectionOverrides } {
  const hash = url.indexOf('#');
  const given = new URLSearchParams(hash === -1 ? '' : url.slice(hash + 1));
  const whole = (name: string, fallback: number, min: number, max: number) => {
    const value = given.get(name);
    return value !== null && /^\d{1,6}$/.test(value) ? Math.min(max, Math.max(min, Number(value))) : fallback;
  };
  const policy = (given.get('rp') ?? 'ct').split(',');
  return {
    url: hash === -1 ? url : url.slice(0, hash),
    overrides: {
      connectTimeoutMs: whole('ct', 5_000, 100, 10_000),
      readTimeoutMs: whole('rt', 15_000, 100, 15_000),
      totalTimeoutMs: whole('tt', 15_000, 100, 15_000),
      retryCount: whole('rc', 1, 0, 5),
      retryOn: ALL_REASONS.filter((reason) => policy.includes('all') || policy.includes(reason)),
    },
  };
}
