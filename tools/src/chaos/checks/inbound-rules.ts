import { mayHaveHadConsent } from './consent-at.js';
import { type IndexedEvidence, isInbound, type WrittenText } from './facts.js';
import {
  shorten,
  type Violation,
  duplicateViolation,
  lostViolation,
  type Rules,
  incorrectViolation,
  wrongPersonViolation,
} from './finding.js';

export const inboundRules: Rules = {
  'the gateway decides every text by its content': decidedByContent,
  'only texts of opted-out people are ignored': onlyOptedOutIgnored,
  'the log contains each accepted text once': loggedOnce,
  'a conversation belongs to one person': oneConversationOnePerson,
};

const DECISIONS = { question: ['forward', 'ignore'], stop: ['opt-out'], start: ['opt-in'] } as const;

function decidedByContent({ written }: IndexedEvidence): Violation[] {
  return written.flatMap((text) => {
    if (!text.row) return [lostViolation(`${quoted(text)} is unknown to the gateway`)];
    const allowed: readonly string[] = DECISIONS[text.means];
    const { decision } = text.row;
    return allowed.includes(decision)
      ? []
      : [incorrectViolation(`${quoted(text)} has the decision ${decision}`)];
  });
}

function onlyOptedOutIgnored(facts: IndexedEvidence): Violation[] {
  return facts.written.flatMap((text) => {
    const { means, row, person, postedAtMs, decidedByMs } = text;
    if (means !== 'question' || !row) return [];
    const span = { fromMs: postedAtMs, untilMs: decidedByMs };
    if (row.decision !== 'ignore') {
      return mayHaveHadConsent('opted in', facts, person, span)
        ? []
        : [incorrectViolation(`${quoted(text)} was accepted after STOP`)];
    }
    if (row.reason !== 'opted-out')
      return [lostViolation(`${quoted(text)} was ignored (${row.reason ?? 'no reason'})`)];
    return mayHaveHadConsent('opted out', facts, person, span)
      ? []
      : [lostViolation(`${quoted(text)} was ignored as opted-out, but the person had not opted out`)];
  });
}

function loggedOnce({ written, writtenBySid, conversations }: IndexedEvidence): Violation[] {
  const logged = conversations.flatMap(({ messages }) => messages.filter(isInbound));
  const unwritten = logged.flatMap(({ id, messageSid = '', text }) => {
    const original = writtenBySid.get(messageSid);
    if (!original)
      return [duplicateViolation(`${id} ("${shorten(text)}") is in the log, but not in the schedule`)];
    return original.body === text
      ? []
      : [incorrectViolation(`${quoted(original)} is in the log as "${shorten(text)}"`)];
  });
  const counted = written.flatMap((text) => {
    const times = logged.filter(({ messageSid }) => messageSid === text.messageSid).length;
    const expected = !text.row || text.row.decision === 'ignore' ? 0 : 1;
    if (times < expected) return [lostViolation(`${quoted(text)} was accepted but is not in the log`)];
    return times > expected
      ? [duplicateViolation(`${quoted(text)} is in the log ${times} times instead of ${expected}`)]
      : [];
  });
  return [...unwritten, ...counted];
}

function oneConversationOnePerson({ conversations, peopleOf }: IndexedEvidence): Violation[] {
  return conversations.flatMap((conversation) => {
    const people = peopleOf(conversation);
    return people.length <= 1
      ? []
      : [wrongPersonViolation(`${conversation.id} has texts of ${people.join(' and ')}`)];
  });
}

function quoted({ messageSid, person, body }: WrittenText): string {
  return `${messageSid} of ${person} ("${shorten(body)}")`;
}
