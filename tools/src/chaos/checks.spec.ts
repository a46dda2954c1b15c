import { describe, expect, it } from 'vitest';
import { CHECK_NAMES, findingsIn, STOP_CONFIRMATION } from './checks.js';
import type { Evidence, LoggedConversation, LoggedMessage, SendRow } from './evidence.js';
import { recoveriesIn } from './recovery.js';
import type { SimulatedMessage } from '@parley/local-stack';

/** Evidence that a test may change. */
type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Draft<T[Key]> }
    : T;

const PERSON = '+15551000000';
const OTHER = '+15551000001';
const APOLOGY = "I'm sorry, I encountered an error processing your message. Please try again.";
const EPOCH_MS = Date.parse('2026-01-01T00:00:00Z');

describe('evidence without a fault in it', () => {
  it('breaks no check', () => {
    expect(findingsIn(sound())).toEqual([]);
  });
});

/** For each check what must be found out: a check that cannot fail shows nothing. */
const VIOLATIONS: Readonly<Record<string, [what: string, plant: (evidence: Draft<Evidence>) => void][]>> = {
  'every text was decided on': [
    ['an acknowledged text is unknown', (evidence) => void evidence.inbound.shift()],
    ['a text is ignored without a reason', ({ inbound }) => (inbound[0]!.decision = 'ignore')],
  ],
  'the log holds each forwarded text once': [
    ['a text is not logged', (evidence) => replaceMessages(evidence, (messages) => messages.slice(1))],
    [
      'a text is logged twice',
      (evidence) =>
        replaceMessages(evidence, (messages) => [...messages, { ...messages[0]!, id: 'msg_again', seq: 7 }]),
    ],
    [
      'an ignored text is logged',
      ({ inbound }) => Object.assign(inbound[0]!, { decision: 'ignore', reason: 'empty' }),
    ],
  ],
  'every text was answered once': [
    ['nobody answered', (evidence) => replaceMessages(evidence, (messages) => [messages[0]!])],
    [
      'the answer is to an earlier text only',
      (evidence) => {
        evidence.texts.push(text({ messageSid: 'SM9', body: 'Question 9.' }));
        evidence.inbound.push({ messageSid: 'SM9', decision: 'forward', reason: null, threadId: 'thr_1' });
        replaceMessages(evidence, (messages) => [
          ...messages,
          message({ id: 'msg_9', seq: 4, direction: 'inbound', author: 'contact', text: 'Question 9.' }),
        ]);
      },
    ],
    [
      'an answer is given again',
      (evidence) =>
        replaceMessages(evidence, (messages) => [...messages, { ...messages[1]!, id: 'msg_again', seq: 4 }]),
    ],
  ],
  'an order is one message': [
    ['one key gave two messages', ({ orders }) => orders[0]!.messageIds.push('msg_other')],
    ['an accepted order is not in the log', ({ orders }) => (orders[0]!.text = 'never logged')],
    [
      'an order is logged twice',
      (evidence) =>
        replaceMessages(evidence, (messages) => [...messages, { ...messages[2]!, id: 'msg_again', seq: 4 }]),
    ],
  ],
  'each attempt was accepted at most once': [
    [
      'one attempt is at the carrier twice',
      ({ carried }) => carried.push({ ...carried[0]!, sid: 'SMagain' }),
    ],
    ['nobody asked for a text', ({ carried }) => carried.push(carriedText({ attempt: 'snd_nobody' }))],
    ['a text names no attempt', ({ carried }) => carried.push({ ...carried[0]!, statusCallback: null })],
  ],
  'nothing was said twice': [
    [
      'the same words went out in a second attempt',
      ({ carried, sends }) => {
        sends.push(send({ id: 'snd_again', position: 9 }));
        carried.push(carriedText({ attempt: 'snd_again', body: carried[0]!.body }));
      },
    ],
  ],
  'every message reached the carrier whole, or failed with a reason': [
    ['a reply is not at the carrier', ({ carried }) => void carried.shift()],
    ['a part is missing', ({ carried }) => void carried.splice(2, 1)],
    [
      'a message is unconfirmed and not at the carrier',
      (evidence) => {
        evidence.conversations[0]!.messages[1]!.status = 'unconfirmed';
        evidence.carried.shift();
      },
    ],
    [
      'a message failed for no reason',
      (evidence) => (evidence.conversations[0]!.messages[1]!.status = 'failed'),
    ],
  ],
  'replies and their parts came in order': [
    ['a later message came first', ({ carried }) => void carried.unshift(...carried.splice(1, 2))],
    ['parts are exchanged', ({ carried }) => void carried.splice(1, 2, carried[2]!, carried[1]!)],
  ],
  'nothing was sent after STOP': [
    [
      'an attempt was claimed after the commit',
      ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 100 }),
    ],
    [
      'the carrier accepted something later than any claim allows',
      ({ carried }) =>
        carried.push(
          carriedText({
            to: OTHER,
            attempt: 'snd_1',
            body: 'Psst',
            createdAt: new Date(EPOCH_MS + 9_000).toISOString(),
          }),
        ),
    ],
  ],
  'STOP was confirmed once': [
    ['there is no confirmation', ({ carried }) => void carried.splice(3, 1)],
    ['there are two', ({ carried }) => carried.push({ ...carried[3]!, sid: 'SMagain' })],
    [
      'somebody who never said STOP got one',
      ({ carried }) => carried.push(carriedText({ body: STOP_CONFIRMATION })),
    ],
  ],
  'messages and events are numbered without a gap': [
    ['a message is missing', (evidence) => (evidence.conversations[0]!.messages[2]!.seq = 4)],
    ['an event is missing', (evidence) => (evidence.conversations[0]!.eventSequences = [1, 2, 4])],
    ['events changed places', (evidence) => (evidence.conversations[0]!.eventSequences = [1, 3, 2])],
  ],
  'nothing is left over': [['a lane is still leased', ({ leftovers }) => leftovers.push('1 lanes')]],
};

describe.each(Object.entries(VIOLATIONS))('the check "%s"', (check, violations) => {
  it.each(violations)('sees that %s', (_, plant) => {
    const evidence = structuredClone(sound()) as Draft<Evidence>;
    plant(evidence);
    expect(findingsIn(evidence as Evidence).map((finding) => finding.check)).toContain(check);
  });
});

describe('the checks', () => {
  it('have each been seen to fail', () => {
    expect(Object.keys(VIOLATIONS).toSorted()).toEqual(CHECK_NAMES.toSorted());
  });

  it.each<[string, (evidence: Draft<Evidence>) => void]>([
    [
      'an apology in place of an answer',
      (evidence) => {
        const { messages } = evidence.conversations[0]!;
        messages[1]!.text = APOLOGY;
        evidence.carried[0]!.body = APOLOGY;
      },
    ],
    [
      'an unconfirmed message that the carrier has',
      (evidence) => (evidence.conversations[0]!.messages[1]!.status = 'unconfirmed'),
    ],
    [
      'a failed turn that had apologised a moment ago',
      (evidence) => {
        evidence.texts.push(text({ messageSid: 'SM9', body: 'Question 9.' }));
        evidence.inbound.push({ messageSid: 'SM9', decision: 'forward', reason: null, threadId: 'thr_1' });
        evidence.conversations[0]!.failedTurns = 1;
        replaceMessages(evidence, (messages) => [
          ...messages,
          message({ id: 'msg_9', seq: 4, direction: 'inbound', author: 'contact', text: 'Question 9.' }),
        ]);
      },
    ],
    [
      'a reply that was refused because of STOP',
      (evidence) => {
        Object.assign(evidence.conversations[0]!.messages[1]!, {
          status: 'failed',
          failureReason: 'opted-out',
        });
        evidence.carried.shift();
      },
    ],
    [
      'a second attempt after the carrier lost the first',
      ({ carried, sends }) => {
        carried[0]!.status = 'undelivered';
        sends.push(send({ id: 'snd_again', position: 9 }));
        carried.push(carriedText({ attempt: 'snd_again', body: carried[0]!.body }));
      },
    ],
    [
      'an attempt claimed before STOP was committed, and accepted right after',
      ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 1_500 }),
    ],
    [
      'an attempt claimed after START',
      ({ consents }) =>
        consents.push(
          { threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 10 },
          { threadId: 'thr_1', change: 'opted-in', atMs: EPOCH_MS + 20 },
        ),
    ],
  ])('accept %s', (_, change) => {
    const evidence = structuredClone(sound()) as Draft<Evidence>;
    change(evidence);
    expect(findingsIn(evidence as Evidence)).toEqual([]);
  });
});

describe('recoveriesIn', () => {
  const faultAt = (name: string, startMs: number, endMs: number) => ({
    name,
    startedAtMs: EPOCH_MS + startMs,
    endedAtMs: EPOCH_MS + endMs,
  });

  it('counts from the fault to the last reply to what was posted during it', () => {
    const faults = [
      faultAt('kill', 0, 800),
      faultAt('late', 5_000, 6_000),
      faultAt('after the reply', 1_100, 1_200),
    ];
    expect(recoveriesIn({ ...sound(), faults })).toEqual([{ fault: 'kill', ms: 1_000 }]);
  });
});

/** One person asks and is answered, and gets an order in two parts; another says STOP. */
function sound(): Evidence {
  const order = 'The first part. The second part.';
  return {
    texts: [text({}), text({ person: OTHER, messageSid: 'SM2', body: 'STOP' })],
    orders: [{ person: PERSON, text: order, messageIds: ['msg_3'] }],
    carried: [
      carriedText({}),
      carriedText({ attempt: 'snd_2', body: 'The first part.' }),
      carriedText({ attempt: 'snd_3', body: 'The second part.' }),
      carriedText({ attempt: 'snd_4', to: OTHER, body: STOP_CONFIRMATION }),
    ],
    inbound: [
      { messageSid: 'SM1', decision: 'forward', reason: null, threadId: 'thr_1' },
      { messageSid: 'SM2', decision: 'opt-out', reason: null, threadId: 'thr_2' },
    ],
    conversations: [
      conversation('conv_1', [
        message({
          id: 'msg_1',
          seq: 1,
          direction: 'inbound',
          author: 'contact',
          text: 'Question 1.',
          status: 'received',
        }),
        message({ id: 'msg_2', seq: 2 }),
        message({ id: 'msg_3', seq: 3, author: 'human', text: order }),
      ]),
      conversation('conv_2', [
        message({
          id: 'msg_4',
          seq: 1,
          direction: 'inbound',
          author: 'contact',
          text: 'STOP',
          status: 'received',
        }),
      ]),
    ],
    sends: [
      send({}),
      send({ id: 'snd_2', position: 2, messageId: 'msg_3' }),
      send({ id: 'snd_3', position: 3, messageId: 'msg_3', part: 2 }),
      send({ id: 'snd_4', position: 4, threadId: 'thr_2', messageId: null, isOptOutConfirmation: true }),
    ],
    consents: [{ threadId: 'thr_2', change: 'opted-out', atMs: EPOCH_MS + 500 }],
    leftovers: [],
    faults: [],
    sendDeadlineMs: 2_000,
  };
}

function text(given: Partial<Evidence['texts'][number]>): Evidence['texts'][number] {
  return {
    person: PERSON,
    messageSid: 'SM1',
    body: 'Question 1.',
    postedAtMs: EPOCH_MS + 100,
    acknowledgedAtMs: EPOCH_MS + 150,
    ...given,
  };
}

function message(given: Partial<LoggedMessage>): LoggedMessage {
  return {
    id: 'msg_2',
    conversationId: 'conv_1',
    seq: 2,
    direction: 'outbound',
    author: 'agent',
    text: 'Message 1: you said "Question 1."',
    status: 'delivered',
    ...given,
  };
}

function conversation(id: string, messages: LoggedMessage[]): LoggedConversation {
  return { id, messages, eventSequences: [1, 2, 3], failedTurns: 0 };
}

function send(given: Partial<SendRow>): SendRow {
  return {
    id: 'snd_1',
    position: 1,
    messageId: 'msg_2',
    threadId: 'thr_1',
    part: 1,
    status: 'ACCEPTED',
    reason: null,
    isOptOutConfirmation: false,
    claimedAtMs: EPOCH_MS + 900,
    wasUnknown: false,
    ...given,
  };
}

function carriedText({
  attempt = 'snd_1',
  ...given
}: Partial<SimulatedMessage> & { attempt?: string }): SimulatedMessage {
  return {
    index: 1,
    sid: `SM-${attempt}`,
    direction: 'outbound-api',
    from: '+15550100000',
    to: PERSON,
    body: 'Message 1: you said "Question 1."',
    status: 'delivered',
    errorCode: null,
    statusCallback: `http://127.0.0.1:1/webhooks/twilio/sms/status?send=${attempt}`,
    createdAt: new Date(EPOCH_MS + 1_000).toISOString(),
    ...given,
  };
}

function replaceMessages(
  evidence: Draft<Evidence>,
  change: (messages: Draft<LoggedMessage>[]) => Draft<LoggedMessage>[],
): void {
  const [first] = evidence.conversations;
  first!.messages = change(first!.messages);
}
