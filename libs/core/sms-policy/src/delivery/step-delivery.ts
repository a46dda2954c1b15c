import { assertNever, type SendId } from '@parley/kernel';
import type {
  ChangedAttempt,
  DeliveryChange,
  DeliveryEvent,
  DeliveryIgnoreReason,
  DeliveryStep,
  DeliveryTimes,
} from './delivery-event.js';
import {
  advanceDelivery,
  type Delivery,
  hasFailed,
  isHandedOver,
  progressOf,
  statusToPublish,
} from './delivery-status.js';
import type { FailureReason } from './failure-reason.js';
import { deliveriesOfParts, type SendAttempt } from './send-attempt.js';
import { isOptOutError } from './send-error.js';
import { permitSend } from './send-outcome.js';
import { decideAfterListing, isWorthRetry } from './unknown-send.js';

type Event<Kind extends DeliveryEvent['kind']> = Extract<DeliveryEvent, { kind: Kind }>;

/** The change that one event makes to the attempts. The effect on the whole message is computed from it. */
interface Transition {
  readonly changed: readonly ChangedAttempt[];
  readonly withdrawn?: SendId | undefined;
  readonly isRepeated?: boolean;
  readonly reason?: FailureReason | undefined;
  readonly isBlocked?: boolean;
}

interface Situation {
  /** All attempts of the message, ordered by part and then by age. */
  readonly attempts: readonly SendAttempt[];
  /** The attempt that the event is about. */
  readonly attempt: SendAttempt;
  readonly nowMs: number;
  readonly times: DeliveryTimes;
}

/**
 * Decides what an event changes about an outbound message, given all its attempts under their lock: the state of the attempt
 * and of the later parts, whether to repeat the attempt, and the message's new status.
 */
export function stepDelivery(
  attempts: readonly SendAttempt[],
  event: DeliveryEvent,
  nowMs: number,
  times: DeliveryTimes,
): DeliveryStep {
  const attempt = attemptOf(attempts, event);
  if (!attempt) return { kind: 'ignore', id: event.id, reason: 'no-such-attempt' };
  const transition = transitionOf(event, { attempts, attempt, nowMs, times });
  if (typeof transition === 'string') return { kind: 'ignore', id: attempt.id, reason: transition };
  return changeOf(attempts, attempt, transition);
}

function attemptOf(attempts: readonly SendAttempt[], event: DeliveryEvent): SendAttempt | undefined {
  const named = attempts.find(({ id }) => id === event.id);
  if (named || event.kind !== 'reported') return named;
  return attempts.find(({ providerSid }) => providerSid === event.providerSid);
}

function transitionOf(event: DeliveryEvent, situation: Situation): Transition | DeliveryIgnoreReason {
  switch (event.kind) {
    case 'accepted':
      return accepted(event, situation);
    case 'rejected':
      return rejected(event, situation);
    case 'postponed':
      return postponed(event, situation);
    case 'outcome-lost':
      return outcomeLost(event, situation);
    case 'reported':
      return reported(event, situation);
    case 'not-listed':
      return notListed(event, situation);
    case 'retry-due':
      return retryDue(event, situation);
    default:
      return assertNever(event);
  }
}

/** A late answer still decides an unknown outcome, unless the reconciliation has already ended. */
function accepted(event: Event<'accepted'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempt, times } = situation;
  const isOpen = attempt.status === 'SENDING' || attempt.status === 'UNKNOWN';
  if (!isOpen || attempt.claims !== event.claims) return 'outdated';
  const named = {
    ...attempt,
    providerSid: attempt.providerSid ?? event.providerSid,
    delivery: { ...attempt.delivery, status: attempt.delivery.status ?? event.providerStatus },
  };
  if (attempt.verdict !== undefined) return { changed: [{ attempt: named }] };
  const taken = { ...named, status: 'ACCEPTED', reason: undefined, isFollowUpPlanned: false } as const;
  return { changed: [{ attempt: taken }, ...nextPart(situation, times.partWaitMs)] };
}

function rejected(event: Event<'rejected'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempt } = situation;
  const { errorCode, reason } = event;
  const isOpen =
    attempt.status === 'SENDING' || (attempt.status === 'UNKNOWN' && attempt.verdict === undefined);
  if (!isOpen || attempt.claims !== event.claims) return 'outdated';
  const delivery = { ...attempt.delivery, errorCode };
  return failed(
    { ...attempt, status: 'REJECTED', delivery, reason, isFollowUpPlanned: false },
    situation,
    reason,
  );
}

function postponed(event: Event<'postponed'>, { attempt }: Situation): Transition | DeliveryIgnoreReason {
  if (attempt.status !== 'SENDING' || attempt.claims !== event.claims) return 'outdated';
  return { changed: [{ attempt: { ...attempt, status: 'PENDING' }, dueInMs: event.delayMs }] };
}

/** Plans the first reading of the vendor's list. The thread's next send does not wait for that. */
function outcomeLost(event: Event<'outcome-lost'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempt, times } = situation;
  if (attempt.status !== 'SENDING' || attempt.claims !== event.claims) return 'outdated';
  const unknown = { ...attempt, status: 'UNKNOWN', reason: event.detail, isFollowUpPlanned: true } as const;
  return failed(unknown, situation, 'outcome-unknown', times.sendListMs);
}

/** A report proves that the vendor accepted the text, whatever the attempt's status was. */
function reported(event: Event<'reported'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempt, attempts, times } = situation;
  const { providerSid } = event;
  if (attempt.status === 'REJECTED' || (attempt.providerSid ?? providerSid) !== providerSid)
    return 'contradiction';
  const delivery = advanceDelivery(attempt.delivery, event);
  if (!isChange(attempt, delivery)) return 'no-change';
  const known = { ...attempt, status: 'ACCEPTED', providerSid, delivery, reason: undefined } as const;
  if (hasFailed(delivery.status)) {
    if (!isToBeRepeated(delivery, situation))
      return failed({ ...known, isFollowUpPlanned: false }, situation);
    return { changed: [{ attempt: { ...known, isFollowUpPlanned: true }, followUpInMs: times.sendRetryMs }] };
  }
  return {
    changed: [
      { attempt: { ...known, isFollowUpPlanned: false } },
      ...nextPart(situation, isHandedOver(delivery.status) ? 0 : times.partWaitMs),
    ],
    // The carrier has the text, so a repetition that was not sent yet would be a second copy.
    withdrawn: attempts.find(({ retryOf, status }) => retryOf === attempt.id && status === 'PENDING')?.id,
  };
}

function isChange(attempt: SendAttempt, { status, errorCode }: Delivery): boolean {
  return (
    attempt.status !== 'ACCEPTED' ||
    attempt.providerSid === undefined ||
    attempt.delivery.status !== status ||
    attempt.delivery.errorCode !== errorCode
  );
}

/** A second report of a failure neither plans nor cancels a repetition. */
function isToBeRepeated({ errorCode }: Delivery, { attempts, attempt, nowMs, times }: Situation): boolean {
  if (hasFailed(attempt.delivery.status)) return attempt.isFollowUpPlanned;
  const isRepeated =
    attempt.isSentOnce ||
    attempt.retryOf !== undefined ||
    attempts.some(({ retryOf }) => retryOf === attempt.id);
  const hasUnsentParts = attempts.some((each) => isBehind(each, attempt));
  const { validUntilMs } = attempt;
  return isWorthRetry({ errorCode, validUntilMs, isRepeated, hasUnsentParts }, nowMs, times.sendRetryMs);
}

function notListed(event: Event<'not-listed'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempts, attempt, nowMs, times } = situation;
  const { listings, absences, verdict, status } = attempt;
  if (status !== 'UNKNOWN' || verdict !== undefined || listings !== event.listings) return 'outdated';
  const search = {
    listings,
    absences,
    isRetry: attempt.isSentOnce || attempt.retryOf !== undefined,
    hasMessageFailed: hasFailed(progressOf(deliveriesOfParts(attempts)).status),
  };
  const next = decideAfterListing(event.finding, search, permitSend({ ...attempt, ...event }, nowMs));
  const looked = { ...attempt, listings: listings + 1 };
  switch (next.kind) {
    case 'list-again': {
      const again = { ...looked, absences: absences + (event.finding === 'absent' ? 1 : 0) };
      return { changed: [{ attempt: again, followUpInMs: times.sendListAgainMs - times.sendListMs }] };
    }
    case 'resend': {
      const gone = { verdict: 'absent', reason: 'sent again', isFollowUpPlanned: false } as const;
      return { changed: [{ attempt: { ...looked, ...gone } }], isRepeated: true };
    }
    case 'end': {
      const { verdict: found, reason } = next;
      return failed({ ...looked, verdict: found, reason, isFollowUpPlanned: false }, situation, reason);
    }
    default:
      return assertNever(next);
  }
}

/** Repeats an undelivered text, if it may still be sent; otherwise the message fails with the carrier's error. */
function retryDue(event: Event<'retry-due'>, situation: Situation): Transition | DeliveryIgnoreReason {
  const { attempt, nowMs } = situation;
  if (attempt.status !== 'ACCEPTED' || !attempt.isFollowUpPlanned) return 'outdated';
  const done = { ...attempt, isFollowUpPlanned: false };
  const permission = permitSend({ ...attempt, ...event }, nowMs);
  return permission.kind === 'reject'
    ? failed(done, situation)
    : { changed: [{ attempt: done }], isRepeated: true };
}

/** Stores an attempt that failed or may have failed, and rejects the parts after it. */
function failed(
  attempt: SendAttempt,
  { attempts }: Situation,
  reason?: FailureReason,
  followUpInMs?: number,
): Transition {
  const cancelled = attempts
    .filter((each) => isBehind(each, attempt))
    .map((each) => ({ attempt: { ...each, status: 'REJECTED', reason: 'earlier-part-failed' } as const }));
  return {
    changed: [{ attempt, ...(followUpInMs !== undefined && { followUpInMs }) }, ...cancelled],
    reason,
    isBlocked: isOptOutError(attempt.delivery.errorCode),
  };
}

function isBehind({ part, status }: SendAttempt, attempt: SendAttempt): boolean {
  return part > attempt.part && status === 'PENDING';
}

function nextPart({ attempts, attempt }: Situation, dueInMs: number): ChangedAttempt[] {
  return attempts
    .filter(({ part, status }) => part === attempt.part + 1 && status === 'PENDING')
    .map((next) => ({ attempt: next, dueInMs }));
}

function changeOf(
  attempts: readonly SendAttempt[],
  { id }: SendAttempt,
  { changed, withdrawn, isRepeated = false, reason, isBlocked = false }: Transition,
): DeliveryChange {
  const before = attempts.filter((attempt) => attempt.id !== withdrawn);
  const after = before.map(
    (attempt) => changed.find((change) => change.attempt.id === attempt.id)?.attempt ?? attempt,
  );
  const isReleased = changed.some(({ attempt, dueInMs }) => attempt.id !== id && dueInMs !== undefined);
  return {
    kind: 'change',
    id,
    changed,
    withdrawn,
    isRepeated,
    // Publish nothing before the repetition ends: its outcome decides the message's status.
    status: isRepeated ? undefined : statusToPublish(deliveriesOfParts(before), deliveriesOfParts(after)),
    reason,
    isBlocked,
    wakesQueue: isReleased || isRepeated || withdrawn !== undefined,
  };
}
