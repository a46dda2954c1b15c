import { type CodeLimit, DAY_MS, LIMIT_KINDS, type LimitKind } from './verification-policy.js';

const HOUR_MS = 3_600_000;

export const WINDOWS = ['hour', 'day'] as const;
export type Window = (typeof WINDOWS)[number];
export const windowMs: Readonly<Record<Window, number>> = { hour: HOUR_MS, day: DAY_MS };

/** Codes that were already sent, by limit and window. */
export type CodeCounts = Readonly<Record<LimitKind, Readonly<Record<Window, number>>>>;

/** Returns when the window that contains this moment began, in UTC. */
export function windowStartMs(window: Window, nowMs: number): number {
  return Math.floor(nowMs / windowMs[window]) * windowMs[window];
}

export type LimitDecision =
  | { readonly kind: 'within' }
  | { readonly kind: 'reached'; readonly limit: LimitKind; readonly retryAtMs: number };

/** Finds the limit that one more code would exceed; the one that ends last, if there are several. */
export function checkLimits(
  counts: CodeCounts,
  limits: Readonly<Record<LimitKind, CodeLimit>>,
  nowMs: number,
): LimitDecision {
  let reached: Extract<LimitDecision, { kind: 'reached' }> | undefined;
  for (const limit of LIMIT_KINDS) {
    for (const window of WINDOWS) {
      const max = window === 'hour' ? limits[limit].perHour : limits[limit].perDay;
      if (counts[limit][window] < max) continue;
      const retryAtMs = windowStartMs(window, nowMs) + windowMs[window];
      if (!reached || retryAtMs > reached.retryAtMs) reached = { kind: 'reached', limit, retryAtMs };
    }
  }
  return reached ?? { kind: 'within' };
}
