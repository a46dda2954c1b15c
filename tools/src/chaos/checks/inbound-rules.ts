import { mayHaveBeen } from './consent-at.js';
import { type Facts, isInbound, type WrittenText } from './facts.js';
import { brief, type Broken, doubled, lost, type Rules, untrue, wrongPerson } from './finding.js';

export const inboundRules: Rules = {
  'every text was decided on by its words': decidedByItsWords,
  'only texts of people who opted out were ignored': ignoredAfterStopOnly,
  'the log holds each text that was taken in once': loggedOnce,
  'a conversation is one person’s': oneConversationOnePerson,
};

const DECISIONS = { question: ['forward', 'ignore'], stop: ['opt-out'], start: ['opt-in'] } as const;

function decidedByItsWords({ written }: Facts): Broken[] {
  return written.flatMap((text) => {
    if (!text.row) return [lost(`${named(text)} is not in the gateway`)];
    const allowed: readonly string[] = DECISIONS[text.means];
    const { decision } = text.row;
    return allowed.includes(decision) ? [] : [untrue(`${named(text)} was decided on as ${decision}`)];
  });
}

function ignoredAfterStopOnly(facts: Facts): Broken[] {
  return facts.written.flatMap((text) => {
    const { means, row, person, postedAtMs, decidedByMs } = text;
    if (means !== 'question' || !row) return [];
    const span = { fromMs: postedAtMs, untilMs: decidedByMs };
    if (row.decision !== 'ignore') {
      return mayHaveBeen('opted in', facts, person, span)
        ? []
        : [untrue(`${named(text)} was taken in after STOP`)];
    }
    if (row.reason !== 'opted-out') return [lost(`${named(text)} was ignored: ${row.reason ?? 'no reason'}`)];
    return mayHaveBeen('opted out', facts, person, span)
      ? []
      : [lost(`${named(text)} was ignored as of somebody who opted out, which they had not`)];
  });
}

function loggedOnce({ written, writtenBySid, conversations }: Facts): Broken[] {
  const logged = conversations.flatMap(({ messages }) => messages.filter(isInbound));
  const unwritten = logged.flatMap(({ id, messageSid = '', text }) => {
    const original = writtenBySid.get(messageSid);
    if (!original) return [doubled(`${id} ("${brief(text)}") is in the log, and nobody wrote it`)];
    return original.body === text ? [] : [untrue(`${named(original)} is in the log as "${brief(text)}"`)];
  });
  const counted = written.flatMap((text) => {
    const times = logged.filter(({ messageSid }) => messageSid === text.messageSid).length;
    const expected = !text.row || text.row.decision === 'ignore' ? 0 : 1;
    if (times < expected) return [lost(`${named(text)} was taken in and not logged`)];
    return times > expected
      ? [doubled(`${named(text)} is in the log ${times} times in place of ${expected}`)]
      : [];
  });
  return [...unwritten, ...counted];
}

function oneConversationOnePerson({ conversations, peopleOf }: Facts): Broken[] {
  return conversations.flatMap((conversation) => {
    const people = peopleOf(conversation);
    return people.length <= 1 ? [] : [wrongPerson(`${conversation.id} is of ${people.join(' and ')}`)];
  });
}

function named({ messageSid, person, body }: WrittenText): string {
  return `${messageSid} of ${person} ("${brief(body)}")`;
}
