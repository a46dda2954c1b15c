import type { SendId } from '@parley/kernel';
import type { Consent } from '../inbound/inbound-sms.js';
import type { DeliveryStatus, MessageStatusChange } from './delivery-status.js';
import type { FailureReason } from './failure-reason.js';
import type { SendAttempt } from './send-attempt.js';

/** Identifies one claim of a send attempt. An outcome counts only if there is no newer claim. */
interface ByClaim {
  readonly id: SendId;
  readonly claims: number;
}

/** The result of a follow-up of an attempt. */
export type FollowUpEvent =
  /** The vendor's list does not show the attempt; `listings` counts the lists read before this one. */
  | {
      readonly kind: 'not-listed';
      readonly id: SendId;
      readonly listings: number;
      readonly finding: 'absent' | 'ambiguous';
    }
  /** A planned repetition is due. */
  | { readonly kind: 'retry-due'; readonly id: SendId };

/** What happened to one attempt of a message. */
export type DeliveryEvent =
  /** The vendor accepted the text and gave it an id. */
  | (ByClaim & {
      readonly kind: 'accepted';
      readonly providerSid: string;
      readonly providerStatus: DeliveryStatus | undefined;
    })
  /** The vendor refused the text (`errorCode`), or the text may not be sent any more (`reason`). */
  | (ByClaim & {
      readonly kind: 'rejected';
      readonly errorCode?: string;
      readonly reason?: Extract<FailureReason, 'expired' | 'opted-out'>;
    })
  /** The text was certainly not sent. It may be claimed again in `delayMs`. */
  | (ByClaim & { readonly kind: 'postponed'; readonly delayMs: number })
  /** The vendor may have the text: the answer was lost, or the process that waited for the answer died. */
  | (ByClaim & { readonly kind: 'outcome-lost'; readonly detail: string })
  /** A status report, from a callback or the vendor's list. `id` is undefined if the callback's URL lost it. */
  | {
      readonly kind: 'reported';
      readonly id: SendId | undefined;
      readonly providerSid: string;
      readonly status: DeliveryStatus;
      readonly errorCode: string | undefined;
    }
  /**
   * A follow-up, with the recipient's consent: read under the lock that an opt-out takes too, so no repetition follows a STOP.
   */
  | (FollowUpEvent & { readonly consent: Consent });

/** The delays between the steps of a delivery. */
export interface DeliveryTimes {
  /** From a lost outcome to the first and to the second reading of the vendor's list. */
  readonly sendListMs: number;
  readonly sendListAgainMs: number;
  /** From a temporary failure of a send to its repetition. */
  readonly sendRetryMs: number;
  /** How long a part waits for a report on the part before it. */
  readonly partWaitMs: number;
}

export type DeliveryIgnoreReason =
  | 'no-such-attempt'
  /** A newer claim or a report arrived before this event. */
  | 'outdated'
  /** The event concerns another text than the attempt's, or the attempt was never sent. */
  | 'contradiction'
  | 'no-change';

/** The state of an attempt after the event. */
export interface ChangedAttempt {
  readonly attempt: SendAttempt;
  /** The time until the attempt may be claimed. For a waiting part, the earliest of several times counts. */
  readonly dueInMs?: number;
  /** The time until the attempt's follow-up is due; undefined leaves the stored time unchanged. */
  readonly followUpInMs?: number;
}

/** What to store, publish and do after an event. */
export interface DeliveryChange {
  readonly kind: 'change';
  /** The attempt that the event is about. */
  readonly id: SendId;
  readonly changed: readonly ChangedAttempt[];
  /** A queued repetition to delete, because the carrier has the text. */
  readonly withdrawn?: SendId | undefined;
  /** Whether another attempt is added to the end of the thread. */
  readonly isRepeated: boolean;
  /** The message's new status to publish, if it changed. */
  readonly status: MessageStatusChange | undefined;
  readonly reason?: FailureReason | undefined;
  /** Whether the carrier refuses texts from this line to this person. */
  readonly isBlocked: boolean;
  /** Whether to wake the loop that sends due attempts. */
  readonly wakesQueue: boolean;
}

export type DeliveryStep =
  | DeliveryChange
  | { readonly kind: 'ignore'; readonly id: SendId | undefined; readonly reason: DeliveryIgnoreReason };
