import type { SimulatedMessage } from '@parley/local-stack';
import { sendAttemptOf, type SendRow } from '../evidence.js';
import { type IndexedEvidence, isApology } from './facts.js';
import {
  shorten,
  type Violation,
  countOccurrences,
  duplicateViolation,
  outOfOrderViolation,
  type Rules,
  incorrectViolation,
  wrongPersonViolation,
} from './finding.js';

export const carrierRules: Rules = {
  'the carrier accepts each send attempt at most once': attemptsAcceptedOnce,
  'every text goes to the right person from our number': sentToTheRightPerson,
  'no text is sent twice': noTextSentTwice,
  'replies and their parts arrive in order': arrivedInOrder,
};

function attemptsAcceptedOnce({ acceptedTexts, sends }: IndexedEvidence): Violation[] {
  const known = new Set(sends.map(({ id }) => id));
  const accepted = countOccurrences(acceptedTexts.map((text) => sendAttemptOf(text) ?? 'no attempt'));
  return [...accepted].flatMap(([attempt, times]) => {
    if (!known.has(attempt))
      return [duplicateViolation(`the carrier has a text of ${attempt}, which is not in the send queue`)];
    return times > 1 ? [duplicateViolation(`the carrier accepted ${attempt} ${times} times`)] : [];
  });
}

/** Checks that a message went to the person of its conversation, and a notice to the person of its thread. */
function sentToTheRightPerson(facts: IndexedEvidence): Violation[] {
  const { acceptedTexts, sends, line, personOfThread, conversations, peopleOf } = facts;
  const attempts = new Map(sends.map((send) => [send.id, send]));
  const owners = new Map(
    conversations.flatMap((conversation) =>
      conversation.messages.map(({ id }) => [id, peopleOf(conversation)] as const),
    ),
  );
  return acceptedTexts.flatMap((text): Violation[] => {
    const send = attempts.get(sendAttemptOf(text) ?? '');
    const owner =
      send && (send.messageId === null ? personOfThread.get(send.threadId) : owners.get(send.messageId)?.[0]);
    const isWrongPerson = owner !== undefined && owner !== text.to;
    return [
      ...(isWrongPerson
        ? [wrongPersonViolation(`"${shorten(text.body)}" is for ${owner} and went to ${text.to}`)]
        : []),
      ...(text.from === line
        ? []
        : [incorrectViolation(`"${shorten(text.body)}" was sent from ${text.from}, not from ${line}`)]),
    ];
  });
}

/** Finds equal texts to one person of which the first did not fail. Notices and apologies may repeat. */
function noTextSentTwice({ acceptedTexts, sends }: IndexedEvidence): Violation[] {
  const notices = new Set(sends.flatMap(({ id, messageId }) => (messageId === null ? [id] : [])));
  const sent = new Map<string, SimulatedMessage>();
  return acceptedTexts.flatMap((text) => {
    if (notices.has(sendAttemptOf(text) ?? '') || isApology({ text: text.body })) return [];
    const key = `${text.to} ${text.body}`;
    const earlier = sent.get(key);
    sent.set(key, text);
    if (!earlier || ['undelivered', 'failed'].includes(earlier.status)) return [];
    return [
      duplicateViolation(`${text.to} got "${shorten(text.body)}" as ${earlier.sid} and as ${text.sid}`),
    ];
  });
}

/** Compares with the order of the log and of a message's parts. Repeated attempts may arrive out of order. */
function arrivedInOrder({ conversations, acceptedTexts, sends }: IndexedEvidence): Violation[] {
  const seqs = new Map(conversations.flatMap(({ messages }) => messages.map(({ id, seq }) => [id, seq])));
  const attempts = new Map(sends.map((send) => [send.id, send]));
  const repeated = repeatedAttempts(sends);
  const last = new Map<string, { position: number; text: SimulatedMessage }>();
  return acceptedTexts.flatMap((text) => {
    const send = attempts.get(sendAttemptOf(text) ?? '');
    const seq = seqs.get(send?.messageId ?? '');
    if (!send || seq === undefined || repeated.has(send.id)) return [];
    const position = seq * 1_000 + send.part;
    const before = last.get(send.threadId);
    if (before && before.position > position) {
      return [
        outOfOrderViolation(`${text.to} got "${shorten(text.body)}" after "${shorten(before.text.body)}"`),
      ];
    }
    last.set(send.threadId, { position, text });
    return [];
  });
}

/** Returns the send attempts for parts that already had one. */
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
