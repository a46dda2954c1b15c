import { assertNever, type SendId } from '@parley/kernel';
import { type Delivery, deliveryOfAttempts, isHandedOver } from './delivery-status.js';

/**
 * PENDING: waits for its claim. SENDING: a process hands it to the vendor. ACCEPTED: the vendor has it. REJECTED: the vendor
 * refused it, or it is never sent. UNKNOWN: the vendor's answer was lost.
 */
export type SendStatus = 'PENDING' | 'SENDING' | 'ACCEPTED' | 'REJECTED' | 'UNKNOWN';

/**
 * The result of reconciling an unknown outcome. `absent`: the vendor certainly does not have the text. `ambiguous`: it may
 * have the text.
 */
export type SendVerdict = 'absent' | 'ambiguous';

/** One attempt to send one part of a message: a row of the send queue. A repetition is another attempt. */
export interface SendAttempt {
  readonly id: SendId;
  /** The number of the part, from 1. */
  readonly part: number;
  /** The attempt that this one repeats. */
  readonly retryOf: SendId | undefined;
  readonly status: SendStatus;
  /** How often the attempt was claimed. Only the newest claim may store an outcome. */
  readonly claims: number;
  /** The vendor's id of the text. */
  readonly providerSid: string | undefined;
  readonly delivery: Delivery;
  /** Why the attempt is REJECTED or UNKNOWN, for people who read the table. */
  readonly reason: string | undefined;
  /** A follow-up reconciles an UNKNOWN attempt, and repeats a failed ACCEPTED attempt. */
  readonly isFollowUpPlanned: boolean;
  /** The number of the vendor's lists that did not show the attempt, and of those that prove its absence. */
  readonly listings: number;
  readonly absences: number;
  readonly verdict: SendVerdict | undefined;
  readonly validUntilMs: number;
  readonly isOptOutConfirmation: boolean;
  /** A code of a verification: no failure and no lost answer is a reason to send it again. */
  readonly isSentOnce: boolean;
}

/**
 * The delivery of each part, from all its attempts. An attempt that was never sent counts as failed, like one that the
 * carrier lost.
 */
export function deliveriesOfParts(attempts: readonly SendAttempt[]): Delivery[] {
  const parts = new Map<number, Delivery[]>();
  for (const attempt of attempts)
    parts.set(attempt.part, [...(parts.get(attempt.part) ?? []), deliveryOfAttempt(attempt)]);
  return Array.from(parts.values(), deliveryOfAttempts);
}

function deliveryOfAttempt({ status, delivery, verdict, isFollowUpPlanned }: SendAttempt): Delivery {
  switch (status) {
    case 'PENDING':
    case 'SENDING':
      return delivery;
    case 'REJECTED':
      return { ...delivery, status: 'failed' };
    case 'ACCEPTED':
      return isFollowUpPlanned ? { status: undefined, errorCode: undefined } : delivery;
    case 'UNKNOWN':
      if (isHandedOver(delivery.status)) return delivery;
      return { ...delivery, status: verdict === undefined ? 'unconfirmed' : 'failed' };
    default:
      return assertNever(status);
  }
}
