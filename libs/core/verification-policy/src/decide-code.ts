import { type Conversions, isPumped } from './conversion.js';
import {
  type CodeChannel,
  type Ladder,
  ladderAfter,
  ladderAt,
  nextSmsAtMs,
  nextVoiceAtMs,
} from './resend-ladder.js';
import { checkLimits, type CodeCounts, windowMs, windowStartMs } from './send-limits.js';
import type { LimitKind, VerificationPolicy } from './verification-policy.js';

export interface CodeRequest {
  readonly channel: CodeChannel;
  readonly ladder: Ladder;
  readonly counts: CodeCounts;
  /** Of the number's prefix. */
  readonly conversions: Conversions;
}

export type CodeDecision =
  | { readonly kind: 'send'; readonly ladder: Ladder }
  | { readonly kind: 'wait'; readonly reason: 'too-early'; readonly untilMs: number }
  | { readonly kind: 'wait'; readonly reason: 'limit'; readonly limit: LimitKind; readonly untilMs: number }
  | { readonly kind: 'wait'; readonly reason: 'conversion'; readonly untilMs: number }
  | { readonly kind: 'refuse'; readonly reason: 'no-voice' };

/**
 * Decides whether a code is sent now. The ladder is checked first: a person who taps twice learns when to try again, and
 * uses up no limit.
 */
export function decideCode(request: CodeRequest, nowMs: number, policy: VerificationPolicy): CodeDecision {
  const { channel, counts, conversions } = request;
  const ladder = ladderAt(request.ladder, nowMs, policy);
  const atMs = channel === 'sms' ? nextSmsAtMs(ladder, policy) : nextVoiceAtMs(ladder, policy);
  if (atMs === undefined) return { kind: 'refuse', reason: 'no-voice' };
  if (nowMs < atMs) return { kind: 'wait', reason: 'too-early', untilMs: atMs };
  const limits = checkLimits(counts, policy.limits, nowMs);
  if (limits.kind === 'reached')
    return { kind: 'wait', reason: 'limit', limit: limits.limit, untilMs: limits.retryAtMs };
  if (isPumped(conversions, policy.conversion)) {
    const untilMs = windowStartMs('hour', nowMs) + windowMs.hour;
    return { kind: 'wait', reason: 'conversion', untilMs };
  }
  return { kind: 'send', ladder: ladderAfter(ladder, channel, nowMs) };
}
