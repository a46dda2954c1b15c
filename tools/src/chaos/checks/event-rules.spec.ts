import { describe } from 'vitest';
import { describeRules } from '../testing/planted-faults.js';
import { type EvidenceDraft, tell } from '../testing/sound-evidence.js';
import { eventRules } from './event-rules.js';

describe('the rules of public events', () => {
  describeRules(eventRules, {
    'messages and events are numbered without a gap': [
      ['a message is missing', ({ conversations }) => (conversations[0]!.messages[2]!.seq = 4)],
      ['an event is missing', ({ conversations }) => void conversations[0]!.events.splice(2, 1)],
      ['events changed places', ({ conversations: [first] }) => first!.events.push(first!.events.shift()!)],
    ],
    'every message was announced, as it stands in the log': [
      ['there is no event at all', ({ conversations }) => (conversations[0]!.events = [])],
      ['a reply was not announced', (evidence) => drop(evidence, 'message.queued')],
      ['a text was announced twice', (evidence) => repeat(evidence, 'message.received')],
      [
        'a text was announced in other words',
        (evidence) => (find(evidence, 'message.received').data['text'] = 'Eh'),
      ],
    ],
    'the last event of a message says how it stands': [
      ['its delivery was not told', (evidence) => drop(evidence, 'message.delivered')],
      ['its delivery was told twice', (evidence) => repeat(evidence, 'message.delivered')],
      [
        'it was told as failed after it was delivered',
        (evidence) => tell(evidence, 0, 'message.failed', { messageId: 'msg_2' }),
      ],
    ],
    'every turn that began ended, once': [
      ['it did not end', (evidence) => drop(evidence, 'turn.completed')],
      ['it did not begin', (evidence) => drop(evidence, 'turn.started')],
      ['it ended twice', (evidence) => repeat(evidence, 'turn.completed')],
    ],
    'every conversation and every change of consent was announced': [
      ['a conversation was not', (evidence) => drop(evidence, 'conversation.created')],
      ['an opt-out was not', ({ conversations }) => void conversations[1]!.events.pop()],
      [
        'an opt-out was announced twice',
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
  tell(evidence, 0, type, { ...find(evidence, type).data });
}
