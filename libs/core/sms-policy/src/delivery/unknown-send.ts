import { assertNever } from '@parley/kernel';
import { meaningOfSendError } from './send-error.js';
import type { SendPermission } from './send-outcome.js';

/** A send whose outcome is unknown. */
export interface UnknownSend {
  readonly text: string;
  readonly from: string;
  /** The earliest time at which the vendor can have accepted the text, with tolerance for its clock. */
  readonly sinceMs: number;
}

/** A text to the same person in the vendor's list. */
export interface ListedText {
  readonly providerSid: string;
  readonly direction: 'inbound' | 'outbound' | 'other';
  readonly from: string;
  readonly text: string;
  readonly createdAtMs: number;
}

/** What is known about the list and about our other sends to this person. */
export interface ListingContext {
  /** Whether the list covers the whole time since the send. */
  readonly isComplete: boolean;
  /** The SIDs of texts that belong to our other sends. */
  readonly boundSids: ReadonlySet<string>;
  /** The texts of our other sends to this person that may be in the list and have no SID yet. */
  readonly rivalTexts: readonly string[];
  /** Whether the vendor accepted earlier texts to this person. If so, an empty list is wrong. */
  readonly hasEarlier: boolean;
}

export type ListFinding<T extends ListedText = ListedText> =
  | { readonly kind: 'found'; readonly message: T }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'ambiguous';
      readonly reason: 'equal-texts' | 'redacted' | 'incomplete' | 'not-credible';
    };

/** Twilio puts this before each text of a trial account. */
const TRIAL_PREFIX = 'Sent from your Twilio trial account - ';

/**
 * Looks for a send in the vendor's list. The send is found only if exactly one listed text matches, and that text matches no
 * other send of ours; the send is absent only if no listed text matches.
 */
export function findSend<T extends ListedText>(
  send: UnknownSend,
  listed: readonly T[],
  context: ListingContext,
): ListFinding<T> {
  const candidates = listed.filter(
    ({ providerSid, direction, from, createdAtMs }) =>
      direction === 'outbound' &&
      from === send.from &&
      createdAtMs >= send.sinceMs &&
      !context.boundSids.has(providerSid),
  );
  if (candidates.some(({ text }) => text === '')) return { kind: 'ambiguous', reason: 'redacted' };
  const [match, ...others] = candidates.filter(({ text }) => carries(text, send.text));
  if (!match) {
    if (!context.isComplete) return { kind: 'ambiguous', reason: 'incomplete' };
    if (listed.length === 0 && context.hasEarlier) return { kind: 'ambiguous', reason: 'not-credible' };
    return { kind: 'absent' };
  }
  const hasRival = context.rivalTexts.some((text) => carries(text, send.text));
  if (others.length > 0 || hasRival) return { kind: 'ambiguous', reason: 'equal-texts' };
  return { kind: 'found', message: match };
}

function carries(listed: string, sent: string): boolean {
  const text = listed.startsWith(TRIAL_PREFIX) ? listed.slice(TRIAL_PREFIX.length) : listed;
  return text.trim() === sent.trim();
}

/** The list is read at most this often. */
const MAX_LISTINGS = 2;

export interface SearchProgress {
  /** The number of lists read before, and the number of those in which the send was absent. */
  readonly listings: number;
  readonly absences: number;
  /** This attempt is itself a repetition, or must not be repeated. */
  readonly isRetry: boolean;
  /** Another part has failed, so the message has failed. */
  readonly hasMessageFailed: boolean;
}

export type UnknownSendDecision =
  | { readonly kind: 'list-again' }
  /** Make a new attempt: the vendor certainly does not have this one. */
  | { readonly kind: 'resend' }
  | {
      readonly kind: 'end';
      readonly verdict: 'absent' | 'ambiguous';
      readonly reason: 'outcome-unknown' | 'not-accepted' | 'expired' | 'opted-out';
    };

/** Decides what follows when a list does not show the send. Only two absences allow one repetition. */
export function decideAfterListing(
  finding: Exclude<ListFinding['kind'], 'found'>,
  { listings, absences, isRetry, hasMessageFailed }: SearchProgress,
  permission: SendPermission,
): UnknownSendDecision {
  if (listings + 1 < MAX_LISTINGS) return { kind: 'list-again' };
  switch (finding) {
    case 'ambiguous':
      return { kind: 'end', verdict: 'ambiguous', reason: 'outcome-unknown' };
    case 'absent':
      if (absences + 1 < MAX_LISTINGS)
        return { kind: 'end', verdict: 'ambiguous', reason: 'outcome-unknown' };
      if (permission.kind === 'reject') return { kind: 'end', verdict: 'absent', reason: permission.reason };
      if (isRetry || hasMessageFailed) return { kind: 'end', verdict: 'absent', reason: 'not-accepted' };
      return { kind: 'resend' };
    default:
      return assertNever(finding);
  }
}

export interface FailedSend {
  readonly errorCode: string | undefined;
  readonly validUntilMs: number;
  /** This attempt is itself a repetition, or was repeated before. */
  readonly isRepeated: boolean;
  /** Later parts are not sent yet, and would arrive before the repetition. */
  readonly hasUnsentParts: boolean;
}

/** Whether to repeat an undelivered text after `delayMs`. Never after error 30008: the text may have been delivered. */
export function isWorthRetry(send: FailedSend, nowMs: number, delayMs: number): boolean {
  const { errorCode = '', validUntilMs, isRepeated, hasUnsentParts } = send;
  if (isRepeated || hasUnsentParts || meaningOfSendError(errorCode)?.action !== 'retry') return false;
  return nowMs + delayMs < validUntilMs;
}
