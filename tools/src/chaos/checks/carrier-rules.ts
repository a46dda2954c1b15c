import type { SimulatedMessage } from '@parley/local-stack';
import { attemptOf, type SendRow } from '../evidence.js';
import { type Facts, isApology } from './facts.js';
import {
  brief,
  type Broken,
  countBy,
  doubled,
  outOfOrder,
  type Rules,
  untrue,
  wrongPerson,
} from './finding.js';

export const carrierRules: Rules = {
  'each attempt was accepted at most once': attemptsAcceptedOnce,
  'every text went to its own person, from our number': toItsPersonFromOurNumber,
  'nothing was said twice': nothingSaidTwice,
  'replies and their parts came in order': cameInOrder,
};

function attemptsAcceptedOnce({ carried, sends }: Facts): Broken[] {
  const known = new Set(sends.map(({ id }) => id));
  const accepted = countBy(carried.map((text) => attemptOf(text) ?? 'no attempt'));
  return [...accepted].flatMap(([attempt, times]) => {
    if (!known.has(attempt)) return [doubled(`the carrier has a text of ${attempt}, which nobody asked for`)];
    return times > 1 ? [doubled(`the carrier accepted ${attempt} ${times} times`)] : [];
  });
}

/** A message is for whoever its conversation is with, a notice for whoever wrote in its thread. */
function toItsPersonFromOurNumber(facts: Facts): Broken[] {
  const { carried, sends, line, personOfThread, conversations, peopleOf } = facts;
  const attempts = new Map(sends.map((send) => [send.id, send]));
  const owners = new Map(
    conversations.flatMap((conversation) =>
      conversation.messages.map(({ id }) => [id, peopleOf(conversation)] as const),
    ),
  );
  return carried.flatMap((text): Broken[] => {
    const send = attempts.get(attemptOf(text) ?? '');
    const owner =
      send && (send.messageId === null ? personOfThread.get(send.threadId) : owners.get(send.messageId)?.[0]);
    const isWrongPerson = owner !== undefined && owner !== text.to;
    return [
      ...(isWrongPerson ? [wrongPerson(`"${brief(text.body)}" is for ${owner} and went to ${text.to}`)] : []),
      ...(text.from === line
        ? []
        : [untrue(`"${brief(text.body)}" was sent from ${text.from}, not from ${line}`)]),
    ];
  });
}

/** The same words to the same person, though the carrier had not lost the earlier ones. Notices of ours may repeat. */
function nothingSaidTwice({ carried, sends }: Facts): Broken[] {
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

/** In the order of the log, and within a message of its parts; a repeated attempt joins the end. */
function cameInOrder({ conversations, carried, sends }: Facts): Broken[] {
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
