import { attemptOf } from '../evidence.js';
import { mayHaveBeen } from './consent-at.js';
import type { Facts } from './facts.js';
import { afterStop, brief, type Broken, doubled, lost, type Rules, untrue } from './finding.js';

export const consentRules: Rules = {
  'nothing was claimed between STOP and START': nothingClaimedAfterStop,
  'the carrier accepted nothing between STOP and START': nothingAcceptedAfterStop,
  'STOP and START were confirmed, once each': keywordsConfirmedOnce,
  'people stay as they said last': consentIsWhatWasSaid,
};

/** What the gateway says where it answers a keyword itself. */
export const CONFIRMATIONS = {
  stop: 'You are unsubscribed and will get no more messages. Reply START to subscribe again.',
  start: 'You are subscribed to our messages. Reply HELP for help, STOP to unsubscribe.',
} as const;

/**
 * By the gateway's own times no attempt is claimed between STOP's commit and START's, except to be rejected. The process
 * can die before it records the rejection; the attempt is then reconciled, and not repeated because of the opt-out.
 */
function nothingClaimedAfterStop({ sends, consents, carriedOf }: Facts): Broken[] {
  return sends.flatMap(({ id, threadId, status, reason, isOptOutConfirmation, claimedAtMs }) => {
    if (isOptOutConfirmation || claimedAtMs === undefined || status === 'REJECTED' || status === 'PENDING')
      return [];
    if (reason === 'opted-out' && carriedOf(id).length === 0) return [];
    const latest = consents
      .filter((consent) => consent.threadId === threadId && consent.atMs < claimedAtMs)
      .toSorted((one, other) => one.atMs - other.atMs)
      .at(-1);
    return latest?.change === 'opted-out'
      ? [afterStop(`${id} was claimed ${Math.round(claimedAtMs - latest.atMs)} ms after STOP`)]
      : [];
  });
}

/** As one sees it from outside: from a claim's deadline after STOP was acknowledged until START is posted. */
function nothingAcceptedAfterStop({ written, carried, sends, sendDeadlineMs }: Facts): Broken[] {
  const confirmations = new Set(sends.filter((send) => send.isOptOutConfirmation).map(({ id }) => id));
  const stops = written.filter(({ means }) => means === 'stop');
  return stops.flatMap(({ person, decidedByMs }) => {
    const starts = written.filter((text) => text.person === person && text.means === 'start');
    const untilMs = Math.min(...starts.map(({ postedAtMs }) => postedAtMs), Number.POSITIVE_INFINITY);
    return carried.flatMap((text) => {
      const atMs = Date.parse(text.createdAt);
      const isForbidden = text.to === person && atMs > decidedByMs + sendDeadlineMs && atMs < untilMs;
      if (!isForbidden || confirmations.has(attemptOf(text) ?? '')) return [];
      return [
        afterStop(`${person} got "${brief(text.body)}" ${atMs - decidedByMs} ms after STOP was acknowledged`),
      ];
    });
  });
}

/**
 * A person gets at most as many confirmations as they wrote keywords, and at least one, unless its outcome is unknown or,
 * for START, they had said STOP again.
 */
function keywordsConfirmedOnce(facts: Facts): Broken[] {
  const people = new Set([...facts.schedule.people, ...facts.carried.map(({ to }) => to)]);
  return [...people].flatMap((person) => [
    ...confirmedOnce(facts, person, 'stop'),
    ...confirmedOnce(facts, person, 'start'),
  ]);
}

function confirmedOnce(facts: Facts, person: string, means: 'stop' | 'start'): Broken[] {
  const said = facts.written.filter((text) => text.person === person && text.means === means).length;
  const confirmed = facts.carried.filter(
    ({ to, body }) => to === person && body === CONFIRMATIONS[means],
  ).length;
  const word = means.toUpperCase();
  if (confirmed > said)
    return [doubled(`${person} said ${word} ${said} times and got ${confirmed} confirmations`)];
  if (said === 0 || confirmed > 0 || isExcused(facts, person, means)) return [];
  return [lost(`${person} said ${word}, which was not confirmed`)];
}

/** Whether such a notice to this person ended without having been accepted, for a reason. */
function isExcused(
  { sends, personOfThread, carriedOf }: Facts,
  person: string,
  means: 'stop' | 'start',
): boolean {
  return sends.some(
    ({ id, threadId, messageId, isOptOutConfirmation, status, reason }) =>
      personOfThread.get(threadId) === person &&
      messageId === null &&
      isOptOutConfirmation === (means === 'stop') &&
      carriedOf(id).length === 0 &&
      (status === 'UNKNOWN' || reason !== null),
  );
}

/** What the gateway holds at the end, where there is only one way to read what a person wrote. */
function consentIsWhatWasSaid(facts: Facts): Broken[] {
  const atEnd = { fromMs: Number.MAX_SAFE_INTEGER, untilMs: Number.POSITIVE_INFINITY };
  return facts.schedule.people.flatMap((person) => {
    const held = facts.consents
      .filter(({ threadId }) => facts.personOfThread.get(threadId) === person)
      .toSorted((one, other) => one.atMs - other.atMs)
      .at(-1);
    const state = held?.change === 'opted-out' ? 'opted out' : 'opted in';
    return mayHaveBeen(state, facts, person, atEnd)
      ? []
      : [untrue(`${person} is ${state}, and said otherwise last`)];
  });
}
