import { describe } from 'vitest';
import { describeRules, describeFaultless } from '../testing/planted-faults.js';
import { addText, EPOCH_MS, type EvidenceDraft, OTHER_PERSON } from '../testing/faultless-evidence.js';
import { inboundRules } from './inbound-rules.js';

describe('the inbound rules', () => {
  describeRules(inboundRules, {
    'the gateway decides every text by its content': [
      ['an acknowledged text is unknown to the gateway', ({ inbound }) => void inbound.shift()],
      ['a question was taken for a STOP', ({ inbound }) => (inbound[0]!.decision = 'opt-out')],
      ['a STOP was taken for a question', ({ inbound }) => (inbound[1]!.decision = 'forward')],
    ],
    'only texts of opted-out people are ignored': [
      ['a text is ignored without a reason', (evidence) => ignore(evidence, 'SM1', null)],
      ['a text is ignored with a wrong reason', (evidence) => ignore(evidence, 'SM1', 'empty')],
      [
        'a text of a person who never sent STOP is ignored',
        (evidence) => ignore(evidence, 'SM1', 'opted-out'),
      ],
      [
        'a text after START is ignored',
        (evidence) => {
          addStart(evidence, 600);
          addText(evidence, { person: OTHER_PERSON, messageSid: 'SM4', body: 'Question 4.', postedMs: 700 });
          ignore(evidence, 'SM4', 'opted-out');
        },
      ],
      [
        'a text after STOP is accepted',
        (evidence) =>
          addText(evidence, { person: OTHER_PERSON, messageSid: 'SM4', body: 'Question 4.', postedMs: 700 }),
      ],
    ],
    'the log contains each accepted text once': [
      ['a text is not logged', ({ conversations }) => void conversations[0]!.messages.shift()],
      [
        'a text is logged twice',
        ({ conversations: [first] }) =>
          first!.messages.push({ ...first!.messages[0]!, id: 'msg_again', seq: 4 }),
      ],
      ['an ignored text is logged', (evidence) => ignore(evidence, 'SM1', 'opted-out')],
      [
        'a text is logged with another text',
        ({ conversations }) => (conversations[0]!.messages[0]!.text = 'Quest'),
      ],
      [
        'the log contains a text that no person sent',
        ({ conversations }) => (conversations[0]!.messages[0]!.messageSid = 'SM9'),
      ],
    ],
    'a conversation belongs to one person': [
      [
        'a text is in the conversation of another person',
        ({ conversations: [first, second] }) => second!.messages.push(...first!.messages.splice(0, 1)),
      ],
    ],
  });

  describeFaultless([
    [
      'a text that was ignored while STOP was being processed',
      (evidence) => {
        addText(evidence, { person: OTHER_PERSON, messageSid: 'SM4', body: 'Question 4.', postedMs: 120 });
        removeFromLog(evidence, 'SM4');
        ignore(evidence, 'SM4', 'opted-out');
      },
    ],
    [
      'a text without acknowledgement that was ignored because of a later STOP',
      (evidence) => {
        addText(evidence, { person: OTHER_PERSON, messageSid: 'SM4', body: 'Question 4.', postedMs: 0 });
        evidence.texts.at(-1)!.acknowledgedAtMs = undefined;
        removeFromLog(evidence, 'SM4');
        ignore(evidence, 'SM4', 'opted-out');
      },
    ],
    [
      'a START that was found in the carrier’s list and had no effect',
      (evidence) => {
        addStart(evidence, 600);
        evidence.foundInList.push('SM3');
        confirmStart(evidence);
      },
    ],
    [
      'a START that arrived while STOP was being processed and had no effect',
      (evidence) => {
        addStart(evidence, 130);
        evidence.consents.push(
          { threadId: 'thr_2', change: 'opted-in', atMs: EPOCH_MS + 400 },
          { threadId: 'thr_2', change: 'opted-out', atMs: EPOCH_MS + 600 },
        );
        addConsentEvents(evidence);
        confirmStart(evidence);
      },
    ],
  ]);
});

/** Adds a START of the person who sent STOP, without any effect. */
function addStart(evidence: EvidenceDraft, postedMs: number): void {
  addText(evidence, { person: OTHER_PERSON, messageSid: 'SM3', body: 'START', means: 'start', postedMs });
}

function ignore({ inbound }: EvidenceDraft, messageSid: string, reason: string | null): void {
  const row = inbound.find((each) => each.messageSid === messageSid)!;
  Object.assign(row, { decision: 'ignore', reason, threadId: null });
}

/** Removes a text of the second conversation and its events from the log. */
function removeFromLog({ conversations: [, second] }: EvidenceDraft, messageSid: string): void {
  second!.messages = second!.messages.filter((message) => message.messageSid !== messageSid);
  second!.events = second!.events.filter(({ data }) => data['messageId'] !== `msg_of_${messageSid}`);
}

function addConsentEvents({ conversations: [, second] }: EvidenceDraft): void {
  for (const type of ['contact.opted-in', 'contact.opted-out'])
    second!.events.push({ type, sequence: undefined, data: {} });
}

function confirmStart(evidence: EvidenceDraft): void {
  const text = evidence.acceptedTexts.find(({ to }) => to === OTHER_PERSON)!;
  const body = 'You are subscribed to our messages. Reply HELP for help, STOP to unsubscribe.';
  const statusCallback = text.statusCallback!.replace('snd_4', 'snd_5');
  evidence.acceptedTexts.push({ ...text, sid: 'SM-snd_5', body, statusCallback });
  const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
  evidence.sends.push({
    ...notice,
    id: 'snd_5',
    position: 5,
    isOptOutConfirmation: false,
    claimedAtMs: EPOCH_MS + 450,
  });
}
