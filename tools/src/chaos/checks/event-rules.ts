import type { LoggedConversation, LoggedMessage, PublicEvent } from '../evidence.js';
import { type Facts, isInbound } from './facts.js';
import { type Broken, doubled, gap, lost, type Rules, untrue } from './finding.js';

export const eventRules: Rules = {
  'messages and events are numbered without a gap': numberedWithoutGap,
  'every message was announced, as it stands in the log': everyMessageAnnounced,
  'the last event of a message says how it stands': lastEventIsTheStatus,
  'every turn that began ended, once': everyTurnEnded,
  'every conversation and every change of consent was announced': othersAnnounced,
};

function numberedWithoutGap({ conversations }: Facts): Broken[] {
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

function gapsIn(what: string, numbers: readonly number[]): Broken[] {
  return numbers.every((number, index) => number === index + 1)
    ? []
    : [gap(`${what}: ${numbers.join(', ')}`)];
}

function everyMessageAnnounced({ conversations }: Facts): Broken[] {
  return conversations.flatMap((conversation) =>
    conversation.messages.flatMap((message) => {
      const type = isInbound(message) ? 'message.received' : 'message.queued';
      const [first, ...more] = eventsAbout(conversation, message).filter((event) => event.type === type);
      if (!first) return [lost(`there is no ${type} of ${message.id}`)];
      if (more.length > 0) return [doubled(`there are ${more.length + 1} ${type} of ${message.id}`)];
      const isTrue =
        first.data['text'] === message.text &&
        first.data['seq'] === message.seq &&
        first.data['author'] === message.author &&
        first.data['conversationId'] === conversation.id;
      return isTrue ? [] : [untrue(`${type} of ${message.id} is not what the log has`)];
    }),
  );
}

const PROGRESS = ['unconfirmed', 'sent', 'delivered', 'read', 'undelivered', 'failed'].map(
  (status) => `message.${status}`,
);

function lastEventIsTheStatus({ conversations }: Facts): Broken[] {
  return conversations.flatMap((conversation) =>
    conversation.messages
      .filter((message) => !isInbound(message))
      .flatMap((message): Broken[] => {
        const told = eventsAbout(conversation, message)
          .map(({ type }) => type)
          .filter((type) => PROGRESS.includes(type));
        const stands = told.at(-1)?.slice('message.'.length) ?? 'queued';
        if (new Set(told).size < told.length)
          return [doubled(`${message.id} was told as ${told.join(', ')}`)];
        return stands === message.status
          ? []
          : [untrue(`${message.id} is ${message.status} in the log, and by its last event ${stands}`)];
      }),
  );
}

function everyTurnEnded({ conversations }: Facts): Broken[] {
  return conversations.flatMap(({ id, events }) => {
    const turns = (types: readonly string[]) =>
      events.filter(({ type }) => types.includes(type)).map(({ data }) => String(data['turnId']));
    const started = turns(['turn.started']);
    const ended = turns(['turn.completed', 'turn.failed']);
    const isSame =
      started.toSorted().join() === ended.toSorted().join() && new Set(started).size === started.length;
    return isSame
      ? []
      : [untrue(`in ${id} the turns ${started.join(', ')} began and ${ended.join(', ')} ended`)];
  });
}

function othersAnnounced({ conversations, consents, personOfThread, peopleOf }: Facts): Broken[] {
  return conversations.flatMap((conversation) => {
    const { id, events } = conversation;
    const [person] = peopleOf(conversation);
    const changes = consents
      .filter(({ threadId }) => personOfThread.get(threadId) === person)
      .map(({ change }) => `contact.${change}`);
    return ['conversation.created', 'contact.opted-out', 'contact.opted-in'].flatMap((type) => {
      const told = events.filter((event) => event.type === type).length;
      const due = type === 'conversation.created' ? 1 : changes.filter((change) => change === type).length;
      if (told < due) return [lost(`${told} ${type} of ${id} in place of ${due}`)];
      return told > due ? [doubled(`${told} ${type} of ${id} in place of ${due}`)] : [];
    });
  });
}

function eventsAbout({ events }: LoggedConversation, { id }: LoggedMessage): PublicEvent[] {
  return events.filter(({ type, data }) => type.startsWith('message.') && data['messageId'] === id);
}
