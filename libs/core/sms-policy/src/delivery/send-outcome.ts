import { assertNever } from '@parley/kernel';
import type { Consent } from '../inbound/inbound-sms.js';
import { meaningOfSendError } from './send-error.js';

/** The vendor's answer to one request, or why there is none. */
export type SendAttemptResult =
  | { readonly kind: 'accepted'; readonly providerSid: string; readonly providerStatus: string }
  /** The vendor refused the text; `errorCode` is the vendor's own, or `http-<status>` if it gave none. */
  | { readonly kind: 'refused'; readonly errorCode: string }
  /** The request certainly had no effect: a rate limit, no connection, or a deadline before the write. */
  | { readonly kind: 'not-processed'; readonly retryAfterMs?: number }
  /** The request may have arrived, but no readable answer did. */
  | { readonly kind: 'unknown'; readonly detail: string };

/** What to do with the send attempt. */
export type SendOutcome =
  | { readonly kind: 'accepted'; readonly providerSid: string; readonly providerStatus: string }
  | { readonly kind: 'rejected'; readonly errorCode: string }
  /** `errorCode`: the vendor's error code, if there is one. */
  | { readonly kind: 'retry'; readonly delayMs: number; readonly errorCode?: string }
  /**
   * The text may have been sent. Before a repetition the vendor's list must be read, because its API has no idempotency
   * key.
   */
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Decides what follows from the result of a request. `attempt` counts from 1, `random` is in [0, 1). A text is tried
 * again only if it was certainly not processed, or refused for a temporary reason.
 */
export function decideAfterAttempt(result: SendAttemptResult, attempt: number, random: number): SendOutcome {
  switch (result.kind) {
    case 'accepted':
    case 'unknown':
      return result;
    case 'not-processed':
      return { kind: 'retry', delayMs: retryDelayMs(attempt, random, result.retryAfterMs) };
    case 'refused':
      return afterRefusal(result.errorCode, attempt, random);
    default:
      return assertNever(result);
  }
}

function afterRefusal(errorCode: string, attempt: number, random: number): SendOutcome {
  const { action = 'final', retryAfterMs } = meaningOfSendError(errorCode) ?? {};
  if (action === 'final') return { kind: 'rejected', errorCode };
  return { kind: 'retry', delayMs: retryDelayMs(attempt, random, retryAfterMs), errorCode };
}

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const MAX_RETRY_AFTER_MS = 600_000;

/**
 * Returns how long to wait after attempt number `attempt`, from 1. The wait doubles from a second to a minute, and
 * `random` in [0, 1) spreads it over its upper half. It is at least the vendor's Retry-After, up to ten minutes.
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceiling = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 16));
  const jittered = Math.round((ceiling * (1 + random)) / 2);
  return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) + jittered;
}

/** The longest time for which Twilio tries to send a text before it drops it. */
const MAX_VALIDITY_SECONDS = 7_200;

/** The facts that decide whether a text may be sent, read right before the send. */
export interface SendRequest {
  readonly validUntilMs: number;
  /** The recipient's consent, read under the lock that an opt-out takes too. */
  readonly consent: Consent;
  /** The confirmation of an opt-out may be sent to a person who opted out. */
  readonly isOptOutConfirmation: boolean;
}

/** Whether a text may still be sent, and for how long the vendor may hold it. */
export type SendPermission =
  | { readonly kind: 'send'; readonly validitySeconds: number }
  | { readonly kind: 'reject'; readonly reason: 'expired' | 'opted-out' };

/** Decides right before a send whether the text may be sent. A text that is valid for less than a second may not. */
export function permitSend(request: SendRequest, nowMs: number): SendPermission {
  const { validUntilMs, consent, isOptOutConfirmation } = request;
  if (consent === 'opted-out' && !isOptOutConfirmation) return { kind: 'reject', reason: 'opted-out' };
  const validitySeconds = Math.min(MAX_VALIDITY_SECONDS, Math.floor((validUntilMs - nowMs) / 1_000));
  return validitySeconds < 1 ? { kind: 'reject', reason: 'expired' } : { kind: 'send', validitySeconds };
}
