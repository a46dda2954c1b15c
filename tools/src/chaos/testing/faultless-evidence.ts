import type { SimulatedMessage } from '@parley/local-stack';
import type { Evidence, LoggedConversation, LoggedMessage, PublicEvent, SendRow } from '../evidence.js';
import type { Fault, TextMeaning, TextStep } from '../schedule.js';

/** Evidence that a test may change. */
export type DeepMutable<T> = T extends readonly (infer Item)[]
  ? DeepMutable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: DeepMutable<T[Key]> }
    : T;
export type EvidenceDraft = DeepMutable<Evidence>;

export const PERSON = '+15551000000';
export const OTHER_PERSON = '+15551000001';
const LINE = '+15550100000';
export const APOLOGY = "I'm sorry, I encountered an error processing your message. Please try again.";
export const ANSWER = 'Message 1: you said "Question 1."';
const STOPPED = 'You are unsubscribed and will get no more messages. Reply START to subscribe again.';
const OPERATOR_TEXT = 'The first part. The second part.';
export const EPOCH_MS = Date.parse('2026-01-01T00:00:00Z');

const at = (ms: number) => new Date(EPOCH_MS + ms).toISOString();

/**
 * Makes evidence without faults: one person asks, gets a reply and an operator message in two parts; another person
 * sends STOP.
 */
export function faultlessEvidence(): EvidenceDraft {
  const evidence: Evidence = {
    schedule: { seed: 1, people: [PERSON, OTHER_PERSON], steps: [] },
    line: LINE,
    texts: [],
    operatorMessages: [{ person: PERSON, text: OPERATOR_TEXT, messageIds: ['msg_3'] }],
    acceptedTexts: [
      acceptedText({}),
      acceptedText({ attempt: 'snd_2', body: 'The first part.' }),
      acceptedText({ attempt: 'snd_3', body: 'The second part.' }),
      acceptedText({ attempt: 'snd_4', to: OTHER_PERSON, body: STOPPED }),
    ],
    reports: ['snd_1', 'snd_2', 'snd_3', 'snd_4'].map((attempt) => reportOf(attempt, 'delivered')),
    prompts: [{ userTexts: ['Question 1.'], reply: ANSWER }],
    inbound: [],
    foundInList: [],
    conversations: [
      conversation('1', [
        loggedMessage({ id: 'msg_2', seq: 2 }),
        loggedMessage({ id: 'msg_3', seq: 3, author: 'human', text: OPERATOR_TEXT }),
      ]),
      conversation('2', []),
    ],
    sends: [
      sendRow({}),
      sendRow({ id: 'snd_2', position: 2, messageId: 'msg_3' }),
      sendRow({ id: 'snd_3', position: 3, messageId: 'msg_3', part: 2 }),
      sendRow({ id: 'snd_4', position: 4, threadId: 'thr_2', messageId: null, isOptOutConfirmation: true }),
    ],
    consents: [{ threadId: 'thr_2', change: 'opted-out', atMs: EPOCH_MS + 500 }],
    leftovers: [],
    faults: [],
    sendDeadlineMs: 2_000,
  };
  const draft = structuredClone(evidence) as EvidenceDraft;
  addText(draft, { messageSid: 'SM1', body: 'Question 1.', isFirst: true });
  addText(draft, { person: OTHER_PERSON, messageSid: 'SM2', body: 'STOP', means: 'stop' });
  addEvent(draft, 0, 'turn.started', { turnId: 'turn_1' });
  queue(draft, 'msg_2');
  addEvent(draft, 0, 'turn.completed', { turnId: 'turn_1', outcome: 'replied', messageId: 'msg_2' });
  addEvent(draft, 0, 'message.delivered', { messageId: 'msg_2' });
  queue(draft, 'msg_3');
  addEvent(draft, 0, 'message.delivered', { messageId: 'msg_3' });
  draft.conversations[1]!.events.push({ type: 'contact.opted-out', sequence: undefined, data: {} });
  return draft;
}

interface AddedText {
  messageSid: string;
  body: string;
  person?: string;
  means?: TextMeaning;
  /** Milliseconds since the start of the seed. */
  postedMs?: number;
  isFirst?: boolean;
}

/** Adds a person's text, the gateway's decision, and the message in the log with its event. */
export function addText(
  evidence: EvidenceDraft,
  { messageSid, body, person = PERSON, means = 'question', postedMs = 100, isFirst = false }: AddedText,
): void {
  const index = person === PERSON ? 0 : 1;
  const step: TextStep = { kind: 'text', atMs: postedMs, person: index, messageSid, body, means, copies: 1 };
  evidence.schedule.steps.push(step);
  evidence.texts.push({
    person,
    messageSid,
    body,
    postedAtMs: EPOCH_MS + postedMs,
    acknowledgedAtMs: EPOCH_MS + postedMs + 50,
  });
  const decision = ({ question: 'forward', stop: 'opt-out', start: 'opt-in' } as const)[means];
  evidence.inbound.push({ messageSid, decision, reason: null, threadId: `thr_${index + 1}` });
  const { messages } = evidence.conversations[index]!;
  const id = `msg_of_${messageSid}`;
  const logged = loggedMessage({ id, direction: 'inbound', author: 'contact', text: body, messageSid });
  const seq = isFirst ? 1 : messages.length + 1;
  messages.splice(isFirst ? 0 : messages.length, 0, { ...logged, seq, status: 'received' });
  announce(evidence, index, 'message.received', id);
}

/** Adds an event to a conversation. */
export function addEvent(
  evidence: EvidenceDraft,
  index: number,
  type: string,
  data: Record<string, unknown>,
): void {
  const { events } = evidence.conversations[index]!;
  const sequence = events.filter((event) => event.sequence !== undefined).length + 1;
  events.push({ type, sequence, data });
}

/** Adds a turn to the first conversation, with its reply or failure. */
export function addTurn(
  evidence: EvidenceDraft,
  id: string,
  end: { reply: string; shown: readonly string[] } | { reason: string; apology?: string },
): void {
  addEvent(evidence, 0, 'turn.started', { turnId: id });
  const text = 'reply' in end ? end.reply : end.apology;
  const messageId = `msg_of_${id}`;
  if (text !== undefined) {
    const { messages } = evidence.conversations[0]!;
    messages.push(loggedMessage({ id: messageId, seq: messages.length + 1, text }));
    const sendId = `snd_of_${id}`;
    evidence.sends.push(sendRow({ id: sendId, position: evidence.sends.length + 1, messageId }));
    evidence.acceptedTexts.push(acceptedText({ attempt: sendId, body: text }));
    queue(evidence, messageId);
  }
  if ('reply' in end) {
    evidence.prompts.push({ userTexts: [...end.shown], reply: end.reply });
    addEvent(evidence, 0, 'turn.completed', { turnId: id, outcome: 'replied', messageId });
  } else addEvent(evidence, 0, 'turn.failed', { turnId: id, reason: end.reason });
  if (text !== undefined) addEvent(evidence, 0, 'message.delivered', { messageId });
}

function queue(evidence: EvidenceDraft, messageId: string): void {
  announce(evidence, 0, 'message.queued', messageId);
}

function announce(evidence: EvidenceDraft, index: number, type: string, messageId: string): void {
  const { id, messages } = evidence.conversations[index]!;
  const { seq, author, text } = messages.find((each) => each.id === messageId)!;
  addEvent(evidence, index, type, { conversationId: id, messageId, seq, author, text });
}

export function addFault(evidence: EvidenceDraft, fault: Fault): void {
  evidence.schedule.steps.push({ kind: 'fault', atMs: 0, fault });
}

/** Sets the status of a message of the first conversation, and of the message's last event. */
export function setStatus(
  evidence: EvidenceDraft,
  id: string,
  status: string,
  cause: { errorCode?: string; failureReason?: string } = {},
): void {
  const { messages, events } = evidence.conversations[0]!;
  Object.assign(
    messages.find((each) => each.id === id)!,
    { status, ...cause },
  );
  const about = events.filter(({ data, type }) => data['messageId'] === id && type.startsWith('message.'));
  about.at(-1)!.type = `message.${status}`;
}

/** Returns the text that the carrier accepted for a send attempt. */
export function acceptedTextsOf(evidence: EvidenceDraft, attempt: string): DeepMutable<SimulatedMessage> {
  return evidence.acceptedTexts.find(({ sid }) => sid === `SM-${attempt}`)!;
}

export function removeAcceptedText(evidence: EvidenceDraft, attempt: string): void {
  evidence.acceptedTexts = evidence.acceptedTexts.filter(({ sid }) => sid !== `SM-${attempt}`);
}

export function reportOf(attempt: string, status: string): Evidence['reports'][number] {
  return { messageSid: `SM-${attempt}`, status, isAcknowledged: true };
}

function loggedMessage(given: Partial<LoggedMessage>): LoggedMessage {
  return {
    id: 'msg_2',
    conversationId: 'conv_1',
    seq: 2,
    direction: 'outbound',
    author: 'agent',
    text: ANSWER,
    status: 'delivered',
    createdAt: at(900),
    ...given,
  };
}

function conversation(key: string, messages: LoggedMessage[]): LoggedConversation {
  const created: PublicEvent = { type: 'conversation.created', sequence: 1, data: {} };
  return { id: `conv_${key}`, contactId: `ctc_${key}`, messages, events: [created] };
}

export function sendRow(given: Partial<SendRow>): SendRow {
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

export function acceptedText({
  attempt = 'snd_1',
  ...given
}: Partial<SimulatedMessage> & { attempt?: string }): SimulatedMessage {
  return {
    index: 1,
    sid: `SM-${attempt}`,
    direction: 'outbound-api',
    from: LINE,
    to: PERSON,
    body: ANSWER,
    status: 'delivered',
    errorCode: null,
    statusCallback: `http://127.0.0.1:1/webhooks/twilio/sms/status?send=${attempt}`,
    createdAt: at(1_000),
    ...given,
  };
}
