import type { SimulatedMessage } from '@parley/local-stack';
import type { LoggedMessage, SendRow } from '../evidence.js';
import { CALLBACK_SCRIPTS, type Fault } from '../schedule.js';
import { mayHaveBeen } from './consent-at.js';
import { type Facts, isInbound } from './facts.js';
import { brief, type Broken, lost, type Rules, untrue } from './finding.js';

export const statusRules: Rules = {
  'every message reached the carrier whole, or failed': everyMessageCarried,
  'a message failed only for a reason that this seed gives': failedForThisSeedsReasons,
  'the log says no more of a message than the carrier': saysNoMore,
  'the log says as much of a message as the carrier told us': saysNoLess,
};

/** How far a message is; one that failed is judged apart. */
const RANK: Readonly<Record<string, number>> = { queued: 0, unconfirmed: 0, sent: 1, delivered: 2, read: 3 };
const FAILED = ['failed', 'undelivered'];

function everyMessageCarried(facts: Facts): Broken[] {
  return outbound(facts).flatMap(({ id, text, status }) => {
    if (FAILED.includes(status)) return [];
    const arrived = partsOf(facts, id)
      .map((attempts) => textsOf(facts, attempts).at(-1)?.body ?? '')
      .join(' ');
    return arrived === text
      ? []
      : [lost(`${id} (${status}): the carrier has "${brief(arrived)}" of "${brief(text)}"`)];
  });
}

function failedForThisSeedsReasons(facts: Facts): Broken[] {
  return outbound(facts).flatMap((message) => {
    const { id, status, errorCode, failureReason } = message;
    if (!FAILED.includes(status)) return [];
    const why = [errorCode, failureReason].filter((cause) => cause !== undefined).join(', ');
    const isExplained = errorCode === undefined ? hasReason(facts, message) : hasCarriersCode(facts, message);
    return isExplained
      ? []
      : [lost(`${id} ${status} (${why || 'no reason'}), which this seed does not explain`)];
  });
}

/**
 * The carrier gave that code for a text of the message that really went no further, or of whose delivery we acknowledged
 * no report.
 */
function hasCarriersCode(facts: Facts, { id, errorCode }: LoggedMessage): boolean {
  return textsOf(facts, facts.sendsOf(id)).some((text) => {
    if (FAILED.includes(text.status)) return String(text.errorCode) === errorCode;
    const acknowledged = facts.reports
      .filter(({ messageSid, isAcknowledged }) => messageSid === text.sid && isAcknowledged)
      .map(({ status }) => status);
    const isReported = acknowledged.some((status) => FAILED.includes(status)) && furthest(acknowledged) === 1;
    return isReported && facts.faultsOfSeed.some((fault) => reportsCode(fault, errorCode));
  });
}

function reportsCode(fault: Fault, errorCode: string | undefined): boolean {
  return (
    fault.kind === 'callbacks' &&
    CALLBACK_SCRIPTS[fault.variant].some((step) => String(step.errorCode) === errorCode)
  );
}

function hasReason(facts: Facts, { id, conversationId, createdAt, failureReason }: LoggedMessage): boolean {
  switch (failureReason ?? 'none') {
    case 'opted-out':
      return personsOf(facts, conversationId).some((person) =>
        mayHaveBeen('opted out', facts, person, {
          fromMs: Date.parse(createdAt),
          untilMs: Number.POSITIVE_INFINITY,
        }),
      );
    case 'outcome-unknown':
    case 'not-accepted':
      return facts.sendsOf(id).some(wasOnceUnknown) && facts.faultsOfSeed.some(losesAnswers);
    default:
      return false;
  }
}

/** A report may have told soon what became of it, but nothing was sent behind it any more. */
function wasOnceUnknown({ wasUnknown, reason }: SendRow): boolean {
  return wasUnknown || reason === 'earlier-part-failed';
}

/** After which nobody may know whether the carrier took a text. */
function losesAnswers(fault: Fault): boolean {
  switch (fault.kind) {
    case 'twilio':
      return fault.mode !== '429';
    case 'postgres-crash':
      return true;
    case 'kill':
    case 'freeze':
    case 'restart':
      return fault.service === 'sms-gateway';
    case 'nats-restart':
    case 'jetstream-wipe':
    case 'callbacks':
    case 'withheld-webhook':
    case 'model':
    default:
      return false;
  }
}

function saysNoMore(facts: Facts): Broken[] {
  return outbound(facts).flatMap(({ id, status }) => {
    if (FAILED.includes(status)) return [];
    const reached = Math.min(
      ...partsOf(facts, id).map((attempts) => furthest(textsOf(facts, attempts).map((text) => text.status))),
    );
    return (RANK[status] ?? Number.POSITIVE_INFINITY) <= reached
      ? []
      : [untrue(`${id} is ${status} in the log, and not at the carrier`)];
  });
}

/** Reports that we answered with 2xx count; of a part that was attempted again, the furthest. */
function saysNoLess(facts: Facts): Broken[] {
  const told = new Map<string, string[]>();
  for (const { messageSid, status, isAcknowledged } of facts.reports) {
    if (isAcknowledged) told.set(messageSid, [...(told.get(messageSid) ?? []), status]);
  }
  return outbound(facts).flatMap(({ id, status }) => {
    const reported = Math.min(
      ...partsOf(facts, id).map((attempts) =>
        furthest(textsOf(facts, attempts).flatMap(({ sid }) => told.get(sid) ?? [])),
      ),
    );
    const known = FAILED.includes(status) ? 1 : (RANK[status] ?? 0);
    return known >= reported
      ? []
      : [untrue(`${id} is ${status} in the log, though the carrier reported more of all its parts`)];
  });
}

/** 0 where the carrier has not sent it on; an end without delivery is past "sent" and no delivery. */
function furthest(statuses: readonly string[]): number {
  return Math.max(0, ...statuses.map((status) => (FAILED.includes(status) ? 1 : (RANK[status] ?? 0))));
}

function outbound({ conversations }: Facts): LoggedMessage[] {
  return conversations.flatMap(({ messages }) => messages.filter((message) => !isInbound(message)));
}

/** The attempts of each part, in the order of the parts. */
function partsOf({ sendsOf }: Facts, messageId: string): SendRow[][] {
  const sends = sendsOf(messageId);
  const parts = [...new Set(sends.map(({ part }) => part))].toSorted((one, other) => one - other);
  return parts.map((part) => sends.filter((send) => send.part === part));
}

function textsOf({ carriedOf }: Facts, sends: readonly SendRow[]): SimulatedMessage[] {
  return sends.flatMap(({ id }) => carriedOf(id));
}

function personsOf(facts: Facts, conversationId: string): readonly string[] {
  const conversation = facts.conversations.find(({ id }) => id === conversationId);
  return conversation ? facts.peopleOf(conversation) : [];
}
