import { describe } from 'vitest';
import type { Fault } from '../schedule.js';
import { describeRules, describeFaultless } from '../testing/planted-faults.js';
import {
  addFault,
  addText,
  acceptedTextsOf,
  EPOCH_MS,
  type EvidenceDraft,
  removeAcceptedText,
  PERSON,
  reportOf,
  setStatus,
} from '../testing/faultless-evidence.js';
import { statusRules } from './status-rules.js';

const LOST_ANSWER: Fault = { kind: 'twilio', mode: 'accept-then-reset', times: 1, delayMs: 0 };
const FAILED_AFTER_DELIVERED: Fault = { kind: 'callbacks', variant: 'failed after delivered', times: 2 };
const REASONS = ['opted-out', 'expired', 'empty', 'outcome-unknown', 'not-accepted'];

describe('the status rules', () => {
  describeRules(statusRules, {
    'every message reaches the carrier complete or fails': [
      ['a reply is not at the carrier', (evidence) => removeAcceptedText(evidence, 'snd_1')],
      ['a part is missing', (evidence) => removeAcceptedText(evidence, 'snd_3')],
      [
        'a message is unconfirmed and not at the carrier',
        (evidence) => {
          setStatus(evidence, 'msg_2', 'unconfirmed');
          removeAcceptedText(evidence, 'snd_1');
        },
      ],
      ['the carrier has another text', (evidence) => (acceptedTextsOf(evidence, 'snd_1').body = 'Hello')],
    ],
    'a message fails only for a reason that the schedule explains': [
      ['a failed message has no reason', (evidence) => failed(evidence)],
      ...REASONS.map(
        (failureReason) =>
          [
            `a reply failed as ${failureReason}`,
            (evidence: EvidenceDraft) => failed(evidence, { failureReason }),
          ] as const,
      ),
      [
        'an outcome is unknown, though no fault lost an answer',
        (evidence) => {
          evidence.sends[0]!.wasUnknown = true;
          failed(evidence, { failureReason: 'outcome-unknown' });
        },
      ],
      [
        'a message failed as outcome-unknown, though no attempt was unknown',
        (evidence) => {
          addFault(evidence, LOST_ANSWER);
          failed(evidence, { failureReason: 'outcome-unknown' });
        },
      ],
      ['an error code is not the carrier’s', (evidence) => failed(evidence, { errorCode: '30003' })],
      [
        'a failure has a code that no fault in the schedule reports',
        (evidence) => {
          addFault(evidence, FAILED_AFTER_DELIVERED);
          evidence.reports[0] = reportOf('snd_1', 'failed');
          setStatus(evidence, 'msg_2', 'failed', { errorCode: '30005' });
        },
      ],
      [
        'a message failed after its delivery was reported and acknowledged',
        (evidence) => {
          addFault(evidence, FAILED_AFTER_DELIVERED);
          evidence.reports.push(reportOf('snd_1', 'failed'));
          setStatus(evidence, 'msg_2', 'failed', { errorCode: '30008' });
        },
      ],
      [
        'an operator message failed as opted-out after START',
        (evidence) => {
          addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 200 });
          addText(evidence, { messageSid: 'SM7', body: 'START', means: 'start', postedMs: 400 });
          failed(evidence, { failureReason: 'opted-out' });
        },
      ],
    ],
    'the log never shows a later status than the carrier': [
      [
        'a message is delivered in the log and undelivered at the carrier',
        (evidence) =>
          Object.assign(acceptedTextsOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_003 }),
      ],
      [
        'a message is delivered, though one part is only sent',
        (evidence) => (acceptedTextsOf(evidence, 'snd_3').status = 'sent'),
      ],
      [
        'a message has an unknown status',
        (evidence) => (evidence.conversations[0]!.messages[1]!.status = 'gone'),
      ],
    ],
    'the log shows at least the status that the carrier reported': [
      [
        'a delivered message is still queued in the log',
        (evidence) => {
          evidence.conversations[0]!.messages[1]!.status = 'queued';
        },
      ],
      [
        'a delivered message is failed in the log',
        (evidence) => setStatus(evidence, 'msg_2', 'failed', { errorCode: '30008' }),
      ],
    ],
  });

  describeFaultless([
    ['an unconfirmed message that the carrier accepted', (evidence) => unreported(evidence, 'unconfirmed')],
    ['a delivered message without a report', (evidence) => unreported(evidence, 'sent')],
    [
      'a reply refused because of STOP',
      (evidence) => {
        addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 200 });
        evidence.inbound.at(-1)!.decision = 'opt-out';
        evidence.consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 1_500 });
        evidence.conversations[0]!.events.push({ type: 'contact.opted-out', sequence: undefined, data: {} });
        confirmStop(evidence);
        failed(evidence, { failureReason: 'opted-out' });
      },
    ],
    [
      'a reply with unknown outcome after lost answers of Twilio',
      (evidence) => {
        addFault(evidence, LOST_ANSWER);
        evidence.sends[0]!.wasUnknown = true;
        failed(evidence, { failureReason: 'outcome-unknown' });
      },
    ],
    [
      'a failure that was reported after a delivery whose report was lost',
      (evidence) => {
        addFault(evidence, FAILED_AFTER_DELIVERED);
        evidence.reports[0] = { ...reportOf('snd_1', 'delivered'), isAcknowledged: false };
        evidence.reports.push(reportOf('snd_1', 'failed'));
        setStatus(evidence, 'msg_2', 'failed', { errorCode: '30008' });
      },
    ],
    [
      'a failure of an earlier part that was delivered after all, when the later part was given up',
      (evidence) => {
        addFault(evidence, { ...FAILED_AFTER_DELIVERED, variant: 'undelivered before delivered' });
        evidence.reports.unshift(reportOf('snd_2', 'undelivered'));
        removeAcceptedText(evidence, 'snd_3');
        Object.assign(evidence.sends[2]!, { status: 'REJECTED', reason: 'earlier-part-failed' });
        setStatus(evidence, 'msg_3', 'undelivered', { errorCode: '30003' });
      },
    ],
    [
      'a reply that the carrier did not deliver',
      (evidence) => {
        Object.assign(acceptedTextsOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_005 });
        evidence.reports[0] = reportOf('snd_1', 'undelivered');
        setStatus(evidence, 'msg_2', 'undelivered', { errorCode: '30005' });
      },
    ],
  ]);
});

/** Makes the reply fail before the carrier accepted it. */
function failed(evidence: EvidenceDraft, cause: { errorCode?: string; failureReason?: string } = {}): void {
  removeAcceptedText(evidence, 'snd_1');
  evidence.sends[0]!.status = 'REJECTED';
  setStatus(evidence, 'msg_2', 'failed', cause);
}

function unreported(evidence: EvidenceDraft, status: string): void {
  evidence.reports.shift();
  setStatus(evidence, 'msg_2', status);
}

function confirmStop(evidence: EvidenceDraft): void {
  const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
  evidence.sends.push({ ...notice, id: 'snd_6', position: 6, threadId: 'thr_1' });
  const text = acceptedTextsOf(evidence, 'snd_4');
  const statusCallback = text.statusCallback!.replace('snd_4', 'snd_6');
  evidence.acceptedTexts.push({ ...text, sid: 'SM-snd_6', to: PERSON, statusCallback });
}
