import type { LoggedConversation, LoggedMessage, PublicEvent } from '../evidence.js';
import { type IndexedEvidence, isInbound } from './facts.js';
import {
  type Violation,
  duplicateViolation,
  gapViolation,
  lostViolation,
  type Rules,
  incorrectViolation,
} from './finding.js';

export const eventRules: Rules = {
  'messages and events are numbered without gaps': numberedWithoutGap,
  'every message has one event that matches the log': everyMessageAnnounced,
  'the last event of a message shows its status': lastEventShowsTheStatus,
  'every started turn ends once': everyTurnEnded,
  'every conversation and every consent change has one event': conversationsAndConsentsAnnounced,
};

function numberedWithoutGap({ conversations }: IndexedEvidence): Violation[] {
  return conversations.flatMap(({ id, messages, events }) => [
    ...gapsIn(
      `messages of ${id}`,
      messages.map(({ seq }) => seq),
    ),
    ...gapsIn(
      `events of ${id}`,
      events.flatMap(({ sequence }) => sequence ?? []),
    ),
  ]);
}

function gapsIn(what: string, numbers: readonly number[]): Violation[] {
  return numbers.every((number, index) => number === index + 1)
    ? []
    : [gapViolation(`${what}: ${numbers.join(', ')}`)];
}

function everyMessageAnnounced({ conversations }: IndexedEvidence): Violation[] {
  return conversations.flatMap((conversation) =>
    conversation.messages.flatMap((message) => {
      const type = isInbound(message) ? 'message.received' : 'message.queued';
      const [first, ...more] = eventsAbout(conversation, message).filter((event) => event.type === type);
      if (!first) return [lostViolation(`${message.id} has no ${type} event`)];
      if (more.length > 0) return [duplicateViolation(`${message.id} has ${more.length + 1} ${type} events`)];
      const isTrue =
        first.data['text'] === message.text &&
        first.data['seq'] === message.seq &&
        first.data['author'] === message.author &&
        first.data['conversationId'] === conversation.id;
      return isTrue ? [] : [incorrectViolation(`${type} of ${message.id} differs from the log`)];
    }),
  );
}

const PROGRESS = ['unconfirmed', 'sent', 'delivered', 'read', 'undelivered', 'failed'].map(
  (status) => `message.${status}`,
);

function lastEventShowsTheStatus({ conversations }: IndexedEvidence): Violation[] {
  return conversations.flatMap((conversation) =>
    conversation.messages
      .filter((message) => !isInbound(message))
      .flatMap((message): Violation[] => {
        const reported = eventsAbout(conversation, message)
          .map(({ type }) => type)
          .filter((type) => PROGRESS.includes(type));
        const last = reported.at(-1)?.slice('message.'.length) ?? 'queued';
        if (new Set(reported).size < reported.length)
          return [duplicateViolation(`${message.id} has repeated events: ${reported.join(', ')}`)];
        return last === message.status
          ? []
          : [
              incorrectViolation(
                `${message.id} is ${message.status} in the log, but ${last} in its last event`,
              ),
            ];
      }),
  );
}

function everyTurnEnded({ conversations }: IndexedEvidence): Violation[] {
  return conversations.flatMap(({ id, events }) => {
    const turns = (types: readonly string[]) =>
      events.filter(({ type }) => types.includes(type)).map(({ data }) => String(data['turnId']));
    const started = turns(['turn.started']);
    const ended = turns(['turn.completed', 'turn.failed']);
    const isSame =
      started.toSorted().join() === ended.toSorted().join() && new Set(started).size === started.length;
    return isSame
      ? []
      : [
          incorrectViolation(
            `${id} has started turns ${started.join(', ')} and ended turns ${ended.join(', ')}`,
          ),
        ];
  });
}

function conversationsAndConsentsAnnounced({
  conversations,
  consents,
  personOfThread,
  peopleOf,
}: IndexedEvidence): Violation[] {
  return conversations.flatMap((conversation) => {
    const { id, events } = conversation;
    const [person] = peopleOf(conversation);
    const changes = consents
      .filter(({ threadId }) => personOfThread.get(threadId) === person)
      .map(({ change }) => `contact.${change}`);
    return ['conversation.created', 'contact.opted-out', 'contact.opted-in'].flatMap((type) => {
      const published = events.filter((event) => event.type === type).length;
      const due = type === 'conversation.created' ? 1 : changes.filter((change) => change === type).length;
      if (published < due) return [lostViolation(`${id} has ${published} ${type} events instead of ${due}`)];
      return published > due
        ? [duplicateViolation(`${id} has ${published} ${type} events instead of ${due}`)]
        : [];
    });
  });
}

function eventsAbout({ events }: LoggedConversation, { id }: LoggedMessage): PublicEvent[] {
  return events.filter(({ type, data }) => type.startsWith('message.') && data['messageId'] === id);
}
