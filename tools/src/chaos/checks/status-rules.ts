import type { SimulatedMessage } from '@parley/local-stack';
import type { LoggedMessage, SendRow } from '../evidence.js';
import { CALLBACK_SCRIPTS, type Fault } from '../schedule.js';
import { mayHaveHadConsent } from './consent-at.js';
import { type IndexedEvidence, isInbound } from './facts.js';
import { shorten, type Violation, lostViolation, type Rules, incorrectViolation } from './finding.js';

export const statusRules: Rules = {
  'every message reaches the carrier complete or fails': everyMessageComplete,
  'a message fails only for a reason that the schedule explains': failuresAreExplained,
  'the log never shows a later status than the carrier': logIsNotAhead,
  'the log shows at least the status that the carrier reported': logIsNotBehind,
};

/** Order of the statuses. Failed messages are checked separately. */
const RANK: Readonly<Record<string, number>> = { queued: 0, unconfirmed: 0, sent: 1, delivered: 2, read: 3 };
const FAILED = ['failed', 'undelivered'];

function everyMessageComplete(facts: IndexedEvidence): Violation[] {
  return outbound(facts).flatMap(({ id, text, status }) => {
    if (FAILED.includes(status)) return [];
    const arrived = partsOf(facts, id)
      .map((attempts) => textsOf(facts, attempts).at(-1)?.body ?? '')
      .join(' ');
    return arrived === text
      ? []
      : [
          lostViolation(
            `${id} (${status}): the carrier has only "${shorten(arrived)}" of "${shorten(text)}"`,
          ),
        ];
  });
}

function failuresAreExplained(facts: IndexedEvidence): Violation[] {
  return outbound(facts).flatMap((message) => {
    const { id, status, errorCode, failureReason } = message;
    if (!FAILED.includes(status)) return [];
    const why = [errorCode, failureReason].filter((cause) => cause !== undefined).join(', ');
    const isExplained = errorCode === undefined ? hasReason(facts, message) : hasCarriersCode(facts, message);
    return isExplained
      ? []
      : [lostViolation(`${id} is ${status} (${why || 'no reason'}), and the schedule does not explain it`)];
  });
}

/**
 * Whether the carrier reports this code for one of the message's texts, as its final status or in an acknowledged
 * report. A later report of a delivery does not matter if later parts were given up because of the failure.
 */
function hasCarriersCode(facts: IndexedEvidence, { id, errorCode }: LoggedMessage): boolean {
  const areLaterPartsGivenUp = facts.sendsOf(id).some(({ reason }) => reason === 'earlier-part-failed');
  return textsOf(facts, facts.sendsOf(id)).some((text) => {
    if (FAILED.includes(text.status)) return String(text.errorCode) === errorCode;
    const acknowledged = facts.reports
      .filter(({ messageSid, isAcknowledged }) => messageSid === text.sid && isAcknowledged)
      .map(({ status }) => status);
    const isReported =
      acknowledged.some((status) => FAILED.includes(status)) &&
      (furthest(acknowledged) === 1 || areLaterPartsGivenUp);
    return isReported && facts.faultsOfSeed.some((fault) => reportsCode(fault, errorCode));
  });
}

function reportsCode(fault: Fault, errorCode: string | undefined): boolean {
  return (
    fault.kind === 'callbacks' &&
    CALLBACK_SCRIPTS[fault.variant].some((step) => String(step.errorCode) === errorCode)
  );
}

function hasReason(
  facts: IndexedEvidence,
  { id, conversationId, createdAt, failureReason }: LoggedMessage,
): boolean {
  switch (failureReason ?? 'none') {
    case 'opted-out':
      return personsOf(facts, conversationId).some((person) =>
        mayHaveHadConsent('opted out', facts, person, {
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

/**
 * Whether the outcome of the attempt was ever unknown. Later parts fail for that reason even if the outcome is
 * reconciled afterwards.
 */
function wasOnceUnknown({ wasUnknown, reason }: SendRow): boolean {
  return wasUnknown || reason === 'earlier-part-failed';
}

/** Whether a fault can lose the carrier's answer, so that the outcome of a send attempt is unknown. */
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

function logIsNotAhead(facts: IndexedEvidence): Violation[] {
  return outbound(facts).flatMap(({ id, status }) => {
    if (FAILED.includes(status)) return [];
    const reached = Math.min(
      ...partsOf(facts, id).map((attempts) => furthest(textsOf(facts, attempts).map((text) => text.status))),
    );
    return (RANK[status] ?? Number.POSITIVE_INFINITY) <= reached
      ? []
      : [incorrectViolation(`${id} is ${status} in the log, but not at the carrier`)];
  });
}

/**
 * Checks that the log's status is not behind the reports that the gateway answered with 2xx. Of several attempts for a
 * part, the latest status counts.
 */
function logIsNotBehind(facts: IndexedEvidence): Violation[] {
  const statuses = new Map<string, string[]>();
  for (const { messageSid, status, isAcknowledged } of facts.reports) {
    if (isAcknowledged) statuses.set(messageSid, [...(statuses.get(messageSid) ?? []), status]);
  }
  return outbound(facts).flatMap(({ id, status }) => {
    const reported = Math.min(
      ...partsOf(facts, id).map((attempts) =>
        furthest(textsOf(facts, attempts).flatMap(({ sid }) => statuses.get(sid) ?? [])),
      ),
    );
    const known = FAILED.includes(status) ? 1 : (RANK[status] ?? 0);
    return known >= reported
      ? []
      : [
          incorrectViolation(
            `${id} is ${status} in the log, but the carrier reported a later status for all its parts`,
          ),
        ];
  });
}

/** Returns the rank of the latest status; a failure ranks like "sent". */
function furthest(statuses: readonly string[]): number {
  return Math.max(0, ...statuses.map((status) => (FAILED.includes(status) ? 1 : (RANK[status] ?? 0))));
}

function outbound({ conversations }: IndexedEvidence): LoggedMessage[] {
  return conversations.flatMap(({ messages }) => messages.filter((message) => !isInbound(message)));
}

/** Returns the send attempts of each part, in the order of the parts. */
function partsOf({ sendsOf }: IndexedEvidence, messageId: string): SendRow[][] {
  const sends = sendsOf(messageId);
  const parts = [...new Set(sends.map(({ part }) => part))].toSorted((one, other) => one - other);
  return parts.map((part) => sends.filter((send) => send.part === part));
}

function textsOf({ acceptedTextsOf }: IndexedEvidence, sends: readonly SendRow[]): SimulatedMessage[] {
  return sends.flatMap(({ id }) => acceptedTextsOf(id));
}

function personsOf(facts: IndexedEvidence, conversationId: string): readonly string[] {
  const conversation = facts.conversations.find(({ id }) => id === conversationId);
  return conversation ? facts.peopleOf(conversation) : [];
}
