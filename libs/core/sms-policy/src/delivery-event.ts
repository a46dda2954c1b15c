import type { SendId } from '@parley/kernel';
import type { DeliveryStatus, MessageStatus } from './delivery-status.js';
import type { FailureReason } from './failure-reason.js';
import type { Consent } from './inbound-sms.js';
import type { SendAttempt } from './send-attempt.js';

/** Names one claim of an attempt: an outcome counts only while no newer claim exists. */
interface ByClaim {
  readonly id: SendId;
  readonly claims: number;
}

/** What a follow-up found out about an attempt. */
export type FollowUpEvent =
  /** The vendor's list was answered without it; `listings` counts the lists before this one. */
  | {
      readonly kind: 'not-listed';
      readonly id: SendId;
      readonly listings: number;
      readonly finding: 'absent' | 'ambiguous';
    }
  /** The time of a planned repetition has come. */
  | { readonly kind: 'retry-due'; readonly id: SendId };

/** What happened to one attempt of a message. */
export type DeliveryEvent =
  /** The vendor took it and named it. */
  | (ByClaim & {
      readonly kind: 'accepted';
      readonly providerSid: string;
      readonly providerStatus: DeliveryStatus | undefined;
    })
  /** The vendor refused it (`errorCode`), or it may not be sent any more (`reason`). */
  | (ByClaim & {
      readonly kind: 'rejected';
      readonly errorCode?: string;
      readonly reason?: Extract<FailureReason, 'expired' | 'opted-out'>;
    })
  /** It was certainly not sent, and may go in `delayMs`. */
  | (ByClaim & { readonly kind: 'postponed'; readonly delayMs: number })
  /** The vendor may have it, but its answer was lost, or the process that waited for the answer. */
  | (ByClaim & { readonly kind: 'outcome-lost'; readonly detail: string })
  /** A status report, by callback or by the vendor's list. `id` is undefined where the callback's URL lost it. */
  | {
      readonly kind: 'reported';
      readonly id: SendId | undefined;
      readonly providerSid: string;
      readonly status: DeliveryStatus;
      readonly errorCode: string | undefined;
    }
  /** The recipient's consent, read under the lock that an opt-out takes too: no repetition follows a STOP. */
  | (FollowUpEvent & { readonly consent: Consent });

/** How long things wait. */
export interface DeliveryTimes {
  /** From a lost outcome to the first look at the vendor's list, and to the second. */
  readonly sendListMs: number;
  readonly sendListAgainMs: number;
  /** From a failure that passes to the repetition. */
  readonly sendRetryMs: number;
  /** How long a part waits for the carrier to have the part before it. */
  readonly partWaitMs: number;
}

export type DeliveryIgnoreReason =
  | 'no-such-attempt'
  /** A newer claim, or a report, has decided since. */
  | 'outdated'
  /** It is about another text than the attempt became, or about one that was never sent. */
  | 'contradiction'
  | 'no-news';

/** An attempt as it is after the event. */
export interface ChangedAttempt {
  readonly attempt: SendAttempt;
  /** It may leave in so long. A part that waits for another leaves at the earliest time that it was given. */
  readonly dueInMs?: number;
  /** Its follow-up is due in so long; undefined leaves the time as it is. */
  readonly followUpInMs?: number;
}

/** What to store, publish and do after an event. */
export interface DeliveryChange {
  readonly kind: 'change';
  /** The attempt that the event is about. */
  readonly id: SendId;
  readonly changed: readonly ChangedAttempt[];
  /** An attempt that leaves the queue unsent: the text arrived by an earlier one. */
  readonly withdrawn?: SendId | undefined;
  /** The attempt is made once more, at the end of the thread. */
  readonly isRepeated: boolean;
  /** The message's new status, if it is news. */
  readonly status: MessageStatus | undefined;
  readonly reason?: FailureReason | undefined;
  /** The carrier refuses texts from this line to this person. */
  readonly isBlocked: boolean;
  /** Something may be due that was not before. */
  readonly wakesQueue: boolean;
}

export type DeliveryStep =
  | DeliveryChange
  | { readonly kind: 'ignore'; readonly id: SendId | undefined; readonly reason: DeliveryIgnoreReason };
