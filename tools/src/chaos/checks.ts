import {
  attemptOf,
  type Evidence,
  type LoggedConversation,
  type LoggedMessage,
  type PostedText,
  type SendRow,
} from './evidence.js';
import type { SimulatedMessage } from '@parley/local-stack';

export type FindingKind = 'lost' | 'doubled' | 'out of order' | 'after STOP' | 'gap' | 'unfinished';

/** A promise that was broken. */
export interface Finding {
  readonly check: string;
  readonly kind: FindingKind;
  readonly detail: string;
}

type Broken = Omit<Finding, 'check'>;
type Check = (evidence: Evidence) => Broken[];

/** What the gateway says where it answers STOP itself. */
export const STOP_CONFIRMATION =
  'You are unsubscribed and will get no more messages. Reply START to subscribe again.';

const APOLOGY = /^I'm sorry, I encountered an error/;
/** The simulated model says how many texts it was shown, and quotes the newest. */
const ANSWER = /^Message (\d+): you said "/;

const CHECKS: Readonly<Record<string, Check>> = {
  'every text was decided on': everyTextWasDecidedOn,
  'the log holds each forwarded text once': theLogHoldsEachTextOnce,
  'every text was answered once': everyTextWasAnsweredOnce,
  'an order is one message': anOrderIsOneMessage,
  'each attempt was accepted at most once': attemptsAcceptedOnce,
  'nothing was said twice': nothingSaidTwice,
  'every message reached the carrier whole, or failed with a reason': everyMessageCarried,
  'replies and their parts came in order': cameInOrder,
  'nothing was sent after STOP': nothingSentAfterStop,
  'STOP was confirmed once': stopConfirmedOnce,
  'messages and events are numbered without a gap': numberedWithoutGap,
  'nothing is left over': nothingLeftOver,
};

export const CHECK_NAMES = Object.keys(CHECKS);

/** What was promised and not kept. */
export function findingsIn(evidence: Evidence): Finding[] {
  return Object.entries(CHECKS).flatMap(([check, run]) =>
    run(evidence).map((finding) => ({ check, ...finding })),
  );
}

function everyTextWasDecidedOn({ texts, inbound }: Evidence): Broken[] {
  const decided = new Map(inbound.map((row) => [row.messageSid, row]));
  return texts.flatMap((text) => {
    const row = decided.get(text.messageSid);
    if (!row) return [lost(`${describe(text)} is not in the gateway`)];
    if (row.decision === 'ignore' && !row.reason)
      return [lost(`${describe(text)} was ignored without a reason`)];
    return [];
  });
}

function theLogHoldsEachTextOnce(evidence: Evidence): Broken[] {
  const expected = countBy(textsWith(evidence, (decision) => decision !== 'ignore').map(({ body }) => body));
  const logged = countBy(
    evidence.conversations.flatMap(({ messages }) => messages.filter(isInbound).map(({ text }) => text)),
  );
  return [...new Set([...expected.keys(), ...logged.keys()])].flatMap((text) => {
    const [want, have] = [expected.get(text) ?? 0, logged.get(text) ?? 0];
    if (have < want) return [lost(`"${brief(text)}" was taken in ${want} times and logged ${have} times`)];
    if (have > want) return [doubled(`"${brief(text)}" was taken in ${want} times and logged ${have} times`)];
    return [];
  });
}

function everyTextWasAnsweredOnce(evidence: Evidence): Broken[] {
  const toAnswer = new Set(textsWith(evidence, (decision) => decision === 'forward').map(({ body }) => body));
  return evidence.conversations.flatMap((conversation) => [
    ...unanswered(conversation, toAnswer),
    ...answeredAgain(conversation),
  ]);
}

/** A text is answered by a reply to as many texts as there are up to it, by an apology after it, or by a failed turn. */
function unanswered(
  { messages, failedTurns, id }: LoggedConversation,
  toAnswer: ReadonlySet<string>,
): Broken[] {
  const answers = messages.flatMap((message) => answeredCount(message) ?? []);
  const apologies = messages.filter(isApology);
  const silentFailures = failedTurns - apologies.length;
  return messages.filter(isInbound).flatMap((text, index) => {
    const isAnswered =
      !toAnswer.has(text.text) ||
      answers.some((count) => count > index) ||
      apologies.some(({ seq }) => seq > text.seq) ||
      silentFailures > 0;
    return isAnswered ? [] : [lost(`no reply to "${brief(text.text)}" (${id}, seq ${text.seq})`)];
  });
}

/** Each answer is to more texts than the one before. */
function answeredAgain({ messages, id }: LoggedConversation): Broken[] {
  const counts = messages.flatMap((message) => answeredCount(message) ?? []);
  return counts.flatMap((count, index) =>
    index > 0 && count <= counts[index - 1]!
      ? [doubled(`${id} has an answer to ${counts[index - 1]} texts and then one to ${count}`)]
      : [],
  );
}

function anOrderIsOneMessage({ orders, conversations }: Evidence): Broken[] {
  const logged = conversations.flatMap(({ messages }) => messages);
  return orders.flatMap(({ text, messageIds }) => {
    const found = logged.filter((message) => message.text === text && !isInbound(message));
    const ids = new Set([...messageIds, ...found.map(({ id }) => id)]);
    if (ids.size > 1 || found.length > 1) return [doubled(`one order became ${[...ids].join(', ')}`)];
    const isPromised = messageIds.length > 0;
    return isPromised && found.length === 0 ? [lost(`the order ${messageIds[0]} is not in the log`)] : [];
  });
}

function attemptsAcceptedOnce({ carried, sends }: Evidence): Broken[] {
  const known = new Set(sends.map(({ id }) => id));
  const accepted = countBy(carried.map((text) => attemptOf(text) ?? 'no attempt'));
  return [...accepted].flatMap(([attempt, times]) => {
    if (!known.has(attempt)) return [doubled(`the carrier has a text of ${attempt}, which nobody asked for`)];
    return times > 1 ? [doubled(`the carrier accepted ${attempt} ${times} times`)] : [];
  });
}

/** The same words to the same person, though the carrier had not lost the earlier ones. Notices of ours may repeat. */
function nothingSaidTwice({ carried, sends }: Evidence): Broken[] {
  const notices = new Set(sends.flatMap(({ id, messageId }) => (messageId === null ? [id] : [])));
  const said = new Map<string, SimulatedMessage>();
  return carried.flatMap((text) => {
    if (notices.has(attemptOf(text) ?? '') || isApology({ text: text.body })) return [];
    const key = `${text.to} ${text.body}`;
    const earlier = said.get(key);
    said.set(key, text);
    if (!earlier || ['undelivered', 'failed'].includes(earlier.status)) return [];
    return [doubled(`${text.to} got "${brief(text.body)}" as ${earlier.sid} and as ${text.sid}`)];
  });
}

/** A status may say too little, where the callbacks that would have raised it were lost; never too much. */
function everyMessageCarried({ conversations, carried, sends }: Evidence): Broken[] {
  const bodies = bodiesByMessage(carried, sends);
  return conversations
    .flatMap(({ messages }) => messages.filter((message) => !isInbound(message)))
    .flatMap((message) => {
      const { id, text, status, errorCode, failureReason } = message;
      const arrived = (bodies.get(id) ?? []).join(' ');
      if (status === 'failed')
        return errorCode || failureReason ? [] : [lost(`${id} failed without a reason`)];
      return arrived === text
        ? []
        : [lost(`${id} (${status}): the carrier has "${brief(arrived)}" of "${brief(text)}"`)];
    });
}

/** In the order of the log, and within a message of its parts; a repeated attempt joins the end. */
function cameInOrder({ conversations, carried, sends }: Evidence): Broken[] {
  const seqs = new Map(conversations.flatMap(({ messages }) => messages.map(({ id, seq }) => [id, seq])));
  const attempts = new Map(sends.map((send) => [send.id, send]));
  const repeated = repeatedAttempts(sends);
  const last = new Map<string, { place: number; text: SimulatedMessage }>();
  return carried.flatMap((text) => {
    const send = attempts.get(attemptOf(text) ?? '');
    const seq = seqs.get(send?.messageId ?? '');
    if (!send || seq === undefined || repeated.has(send.id)) return [];
    const place = seq * 1_000 + send.part;
    const before = last.get(send.threadId);
    if (before && before.place > place) {
      return [outOfOrder(`${text.to} got "${brief(text.body)}" after "${brief(before.text.body)}"`)];
    }
    last.set(send.threadId, { place, text });
    return [];
  });
}

/**
 * By the gateway's own times no attempt is claimed between STOP's commit and START's; by what one sees from outside
 * the carrier accepts nothing from a claim's deadline after STOP was acknowledged until START is posted.
 */
function nothingSentAfterStop(evidence: Evidence): Broken[] {
  return [...claimedAfterStop(evidence), ...acceptedAfterStop(evidence)];
}

function claimedAfterStop({ sends, consents }: Evidence): Broken[] {
  return sends.flatMap(({ id, threadId, status, isOptOutConfirmation, claimedAtMs }) => {
    if (isOptOutConfirmation || claimedAtMs === undefined || status === 'REJECTED' || status === 'PENDING')
      return [];
    const latest = consents
      .filter((consent) => consent.threadId === threadId && consent.atMs < claimedAtMs)
      .toSorted((one, other) => one.atMs - other.atMs)
      .at(-1);
    return latest?.change === 'opted-out'
      ? [afterStop(`${id} was claimed ${Math.round(claimedAtMs - latest.atMs)} ms after STOP`)]
      : [];
  });
}

function acceptedAfterStop({ texts, carried, sends, inbound, sendDeadlineMs }: Evidence): Broken[] {
  const decisions = new Map(inbound.map(({ messageSid, decision }) => [messageSid, decision]));
  const confirmations = new Set(sends.filter((send) => send.isOptOutConfirmation).map(({ id }) => id));
  const stops = texts.filter(({ messageSid }) => decisions.get(messageSid) === 'opt-out');
  return stops.flatMap(({ person, acknowledgedAtMs }) => {
    if (acknowledgedAtMs === undefined) return [];
    const starts = texts.filter(
      (text) => text.person === person && decisions.get(text.messageSid) === 'opt-in',
    );
    const untilMs = Math.min(...starts.map(({ postedAtMs }) => postedAtMs), Number.POSITIVE_INFINITY);
    return carried.flatMap((text) => {
      const atMs = Date.parse(text.createdAt);
      const isForbidden = text.to === person && atMs > acknowledgedAtMs + sendDeadlineMs && atMs < untilMs;
      if (!isForbidden || confirmations.has(attemptOf(text) ?? '')) return [];
      return [
        afterStop(
          `${person} got "${brief(text.body)}" ${atMs - acknowledgedAtMs} ms after STOP was acknowledged`,
        ),
      ];
    });
  });
}

/** One confirmation for each STOP of somebody who had not opted out yet, unless nobody knows what became of it. */
function stopConfirmedOnce({ texts, inbound, carried, sends }: Evidence): Broken[] {
  const stopSids = new Set(
    inbound.filter(({ decision }) => decision === 'opt-out').map((row) => row.messageSid),
  );
  const stopped = countBy(
    texts.filter(({ messageSid }) => stopSids.has(messageSid)).map(({ person }) => person),
  );
  const people = new Set([...stopped.keys(), ...carried.map(({ to }) => to)]);
  const ended = sends.filter((send) => send.isOptOutConfirmation && send.status !== 'ACCEPTED');
  const excused = ended.filter(({ status, reason }) => status === 'UNKNOWN' || reason !== null).length;
  let missing = 0;
  const findings = [...people].flatMap((person) => {
    const stops = stopped.get(person) ?? 0;
    const confirmed = carried.filter(({ to, body }) => to === person && body === STOP_CONFIRMATION).length;
    if (confirmed > stops)
      return [doubled(`${person} said STOP ${stops} times and got ${confirmed} confirmations`)];
    if (stops > 0 && confirmed === 0) missing += 1;
    return [];
  });
  return missing > excused
    ? [...findings, lost(`${missing} STOPs were not confirmed, ${excused} with a reason`)]
    : findings;
}

function numberedWithoutGap({ conversations }: Evidence): Broken[] {
  return conversations.flatMap(({ id, messages, eventSequences }) => [
    ...gapsIn(
      `messages of ${id}`,
      messages.map(({ seq }) => seq),
    ),
    ...gapsIn(`events of ${id}`, eventSequences),
  ]);
}

function gapsIn(what: string, numbers: readonly number[]): Broken[] {
  return numbers.every((number, index) => number === index + 1)
    ? []
    : [{ kind: 'gap', detail: `${what}: ${numbers.join(', ')}` }];
}

function nothingLeftOver({ leftovers }: Evidence): Broken[] {
  return leftovers.map((detail) => ({ kind: 'unfinished', detail }));
}

/** The texts whose row in the gateway has such a decision. */
function textsWith(
  { texts, inbound }: Evidence,
  fits: (decision: Evidence['inbound'][number]['decision']) => boolean,
): PostedText[] {
  const fitting = new Set(
    inbound.filter(({ decision }) => fits(decision)).map(({ messageSid }) => messageSid),
  );
  return texts.filter(({ messageSid }) => fitting.has(messageSid));
}

/** Attempts at a part that was attempted before. */
function repeatedAttempts(sends: readonly SendRow[]): Set<string> {
  const seen = new Set<string>();
  const repeated = sends
    .toSorted((one, other) => one.position - other.position)
    .filter(({ messageId, part }) => {
      const key = `${messageId} ${part}`;
      const isRepeated = messageId !== null && seen.has(key);
      seen.add(key);
      return isRepeated;
    });
  return new Set(repeated.map(({ id }) => id));
}

/** What the carrier has of each message, part by part. */
function bodiesByMessage(
  carried: readonly SimulatedMessage[],
  sends: readonly SendRow[],
): Map<string, string[]> {
  const attempts = new Map(sends.map((send) => [send.id, send]));
  const parts = new Map<string, Map<number, string>>();
  for (const text of carried) {
    const send = attempts.get(attemptOf(text) ?? '');
    if (!send?.messageId) continue;
    const bodies = parts.get(send.messageId) ?? new Map<number, string>();
    parts.set(send.messageId, bodies.set(send.part, text.body));
  }
  const inOrder = (bodies: Map<number, string>) =>
    [...bodies].toSorted(([one], [other]) => one - other).map(([, body]) => body);
  return new Map([...parts].map(([id, bodies]) => [id, inOrder(bodies)]));
}

/** How many of the person's texts an agent's answer is to; undefined for any other message. */
export function answeredCount({ author, text }: Pick<LoggedMessage, 'author' | 'text'>): number | undefined {
  const [, count] = (author === 'agent' && ANSWER.exec(text)) || [];
  return count === undefined ? undefined : Number(count);
}

function isApology({ text }: { readonly text: string }): boolean {
  return APOLOGY.test(text);
}

function isInbound({ direction }: Pick<LoggedMessage, 'direction'>): boolean {
  return direction === 'inbound';
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const lost = (detail: string): Broken => ({ kind: 'lost', detail });
const doubled = (detail: string): Broken => ({ kind: 'doubled', detail });
const outOfOrder = (detail: string): Broken => ({ kind: 'out of order', detail });
const afterStop = (detail: string): Broken => ({ kind: 'after STOP', detail });

const BRIEF_CHARS = 60;

function brief(text: string): string {
  return text.length <= BRIEF_CHARS ? text : `${text.slice(0, BRIEF_CHARS)} …`;
}

function describe({ messageSid, person, body }: PostedText): string {
  return `${messageSid} of ${person} ("${brief(body)}")`;
}
