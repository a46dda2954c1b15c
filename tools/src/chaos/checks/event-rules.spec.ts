import { describe } from 'vitest';
import { describeRules } from '../testing/planted-faults.js';
import { type EvidenceDraft, addEvent } from '../testing/faultless-evidence.js';
import { eventRules } from './event-rules.js';

describe('the event rules', () => {
  describeRules(eventRules, {
    'messages and events are numbered without gaps': [
      ['a message is missing', ({ conversations }) => (conversations[0]!.messages[2]!.seq = 4)],
      ['an event is missing', ({ conversations }) => void conversations[0]!.events.splice(2, 1)],
      [
        'two events are in the wrong order',
        ({ conversations: [first] }) => first!.events.push(first!.events.shift()!),
      ],
    ],
    'every message has one event that matches the log': [
      ['a conversation has no events', ({ conversations }) => (conversations[0]!.events = [])],
      ['a reply has no event', (evidence) => drop(evidence, 'message.queued')],
      ['a text has two events', (evidence) => repeat(evidence, 'message.received')],
      [
        'the event of a text has another text',
        (evidence) => (find(evidence, 'message.received').data['text'] = 'Eh'),
      ],
    ],
    'the last event of a message shows its status': [
      ['the delivery of a message has no event', (evidence) => drop(evidence, 'message.delivered')],
      ['the delivery of a message has two events', (evidence) => repeat(evidence, 'message.delivered')],
      [
        'a delivered message has a later failed event',
        (evidence) => addEvent(evidence, 0, 'message.failed', { messageId: 'msg_2' }),
      ],
    ],
    'every started turn ends once': [
      ['a turn did not end', (evidence) => drop(evidence, 'turn.completed')],
      ['a turn did not start', (evidence) => drop(evidence, 'turn.started')],
      ['a turn ended twice', (evidence) => repeat(evidence, 'turn.completed')],
    ],
    'every conversation and every consent change has one event': [
      ['a conversation has no created event', (evidence) => drop(evidence, 'conversation.created')],
      ['an opt-out has no event', ({ conversations }) => void conversations[1]!.events.pop()],
      [
        'an opt-out has two events',
        ({ conversations: [, second] }) => second!.events.push({ ...second!.events.at(-1)! }),
      ],
    ],
  });
});

function find({ conversations: [first] }: EvidenceDraft, type: string) {
  return first!.events.find((event) => event.type === type)!;
}

function drop(evidence: EvidenceDraft, type: string): void {
  const { events } = evidence.conversations[0]!;
  events.splice(events.indexOf(find(evidence, type)), 1);
}

function repeat(evidence: EvidenceDraft, type: string): void {
  addEvent(evidence, 0, type, { ...find(evidence, type).data });
}
