import { sendAttemptOf } from '../evidence.js';
import { mayHaveHadConsent } from './consent-at.js';
import type { IndexedEvidence } from './facts.js';
import {
  afterStopViolation,
  shorten,
  type Violation,
  duplicateViolation,
  lostViolation,
  type Rules,
  incorrectViolation,
} from './finding.js';

export const consentRules: Rules = {
  'no send attempt is claimed between STOP and START': nothingClaimedAfterStop,
  'the carrier accepts no text between STOP and START': nothingAcceptedAfterStop,
  'STOP and START are confirmed': keywordsConfirmed,
  'people stay as they sent last': lastKeywordDecides,
};

/** The gateway's replies to keywords. */
export const CONFIRMATIONS = {
  stop: 'You are unsubscribed and will get no more messages. Reply START to subscribe again.',
  start: 'You are subscribed to our messages. Reply HELP for help, STOP to unsubscribe.',
} as const;

/**
 * Checks that, by the gateway's own times, no send attempt is claimed between the commits of STOP and START, except to
 * be rejected. If the process dies before it records the rejection, the attempt is reconciled and not repeated.
 */
function nothingClaimedAfterStop({ sends, consents, acceptedTextsOf }: IndexedEvidence): Violation[] {
  return sends.flatMap(({ id, threadId, status, reason, isOptOutConfirmation, claimedAtMs }) => {
    if (isOptOutConfirmation || claimedAtMs === undefined || status === 'REJECTED' || status === 'PENDING')
      return [];
    if (reason === 'opted-out' && acceptedTextsOf(id).length === 0) return [];
    const latest = consents
      .filter((consent) => consent.threadId === threadId && consent.atMs < claimedAtMs)
      .toSorted((one, other) => one.atMs - other.atMs)
      .at(-1);
    return latest?.change === 'opted-out'
      ? [afterStopViolation(`${id} was claimed ${Math.round(claimedAtMs - latest.atMs)} ms after STOP`)]
      : [];
  });
}

/** Compares times seen from outside: after STOP is acknowledged, the carrier accepts texts for one send deadline only. */
function nothingAcceptedAfterStop({
  written,
  acceptedTexts,
  sends,
  sendDeadlineMs,
}: IndexedEvidence): Violation[] {
  const confirmations = new Set(sends.filter((send) => send.isOptOutConfirmation).map(({ id }) => id));
  const stops = written.filter(({ means }) => means === 'stop');
  return stops.flatMap(({ person, decidedByMs }) => {
    const starts = written.filter((text) => text.person === person && text.means === 'start');
    const untilMs = Math.min(...starts.map(({ postedAtMs }) => postedAtMs), Number.POSITIVE_INFINITY);
    return acceptedTexts.flatMap((text) => {
      const atMs = Date.parse(text.createdAt);
      const isForbidden = text.to === person && atMs > decidedByMs + sendDeadlineMs && atMs < untilMs;
      if (!isForbidden || confirmations.has(sendAttemptOf(text) ?? '')) return [];
      return [
        afterStopViolation(
          `${person} got "${shorten(text.body)}" ${atMs - decidedByMs} ms after STOP was acknowledged`,
        ),
      ];
    });
  });
}

/**
 * Checks that a person gets at most one confirmation per keyword, and at least one in all unless a send attempt for it
 * ended with a reason or an unknown outcome.
 */
function keywordsConfirmed(facts: IndexedEvidence): Violation[] {
  const people = new Set([...facts.schedule.people, ...facts.acceptedTexts.map(({ to }) => to)]);
  return [...people].flatMap((person) => [
    ...confirmationsOf(facts, person, 'stop'),
    ...confirmationsOf(facts, person, 'start'),
  ]);
}

function confirmationsOf(facts: IndexedEvidence, person: string, means: 'stop' | 'start'): Violation[] {
  const sent = facts.written.filter((text) => text.person === person && text.means === means).length;
  const confirmed = facts.acceptedTexts.filter(
    ({ to, body }) => to === person && body === CONFIRMATIONS[means],
  ).length;
  const word = means.toUpperCase();
  if (confirmed > sent)
    return [duplicateViolation(`${person} sent ${word} ${sent} times and got ${confirmed} confirmations`)];
  if (sent === 0 || confirmed > 0 || isExcused(facts, person, means)) return [];
  return [lostViolation(`${person} sent ${word} and got no confirmation`)];
}

/** Whether a confirmation to this person was not accepted for a recorded reason. */
function isExcused(
  { sends, personOfThread, acceptedTextsOf }: IndexedEvidence,
  person: string,
  means: 'stop' | 'start',
): boolean {
  return sends.some(
    ({ id, threadId, messageId, isOptOutConfirmation, status, reason }) =>
      personOfThread.get(threadId) === person &&
      messageId === null &&
      isOptOutConfirmation === (means === 'stop') &&
      acceptedTextsOf(id).length === 0 &&
      (status === 'UNKNOWN' || reason !== null),
  );
}

/** Compares the final consent with the person's keywords. */
function lastKeywordDecides(facts: IndexedEvidence): Violation[] {
  const atEnd = { fromMs: Number.MAX_SAFE_INTEGER, untilMs: Number.POSITIVE_INFINITY };
  return facts.schedule.people.flatMap((person) => {
    const stored = facts.consents
      .filter(({ threadId }) => facts.personOfThread.get(threadId) === person)
      .toSorted((one, other) => one.atMs - other.atMs)
      .at(-1);
    const state = stored?.change === 'opted-out' ? 'opted out' : 'opted in';
    return mayHaveHadConsent(state, facts, person, atEnd)
      ? []
      : [incorrectViolation(`${person} is ${state}, but their last keyword says otherwise`)];
  });
}
