import { describe } from 'vitest';
import type { Fault } from '../schedule.js';
import { describeRules, describeSound } from '../testing/planted-faults.js';
import {
  addFault,
  addText,
  carriedOf,
  EPOCH_MS,
  type EvidenceDraft,
  loseCarried,
  PERSON,
  reportOf,
  restate,
} from '../testing/sound-evidence.js';
import { statusRules } from './status-rules.js';

const LOST_ANSWER: Fault = { kind: 'twilio', mode: 'accept-then-reset', times: 1, delayMs: 0 };
const FAILED_AFTER_DELIVERED: Fault = { kind: 'callbacks', variant: 'failed after delivered', times: 2 };
const REASONS = ['opted-out', 'expired', 'empty', 'outcome-unknown', 'not-accepted'];

describe('the rules of how far a message came', () => {
  describeRules(statusRules, {
    'every message reached the carrier whole, or failed': [
      ['a reply is not at the carrier', (evidence) => loseCarried(evidence, 'snd_1')],
      ['a part is missing', (evidence) => loseCarried(evidence, 'snd_3')],
      [
        'a message is unconfirmed and not at the carrier',
        (evidence) => {
          restate(evidence, 'msg_2', 'unconfirmed');
          loseCarried(evidence, 'snd_1');
        },
      ],
      ['other words are at the carrier', (evidence) => (carriedOf(evidence, 'snd_1').body = 'Hello')],
    ],
    'a message failed only for a reason that this seed gives': [
      ['there is no reason', (evidence) => failed(evidence)],
      ...REASONS.map(
        (failureReason) =>
          [
            `a reply failed as ${failureReason}`,
            (evidence: EvidenceDraft) => failed(evidence, { failureReason }),
          ] as const,
      ),
      [
        'the outcome is unknown, though nothing lost its answer in this seed',
        (evidence) => {
          evidence.sends[0]!.wasUnknown = true;
          failed(evidence, { failureReason: 'outcome-unknown' });
        },
      ],
      [
        'the outcome of a send is unknown that never was',
        (evidence) => {
          addFault(evidence, LOST_ANSWER);
          failed(evidence, { failureReason: 'outcome-unknown' });
        },
      ],
      ['a code is not the carrier’s', (evidence) => failed(evidence, { errorCode: '30003' })],
      [
        'a reported failure has a code that no fault of this seed gives',
        (evidence) => {
          addFault(evidence, FAILED_AFTER_DELIVERED);
          evidence.reports[0] = reportOf('snd_1', 'failed');
          restate(evidence, 'msg_2', 'failed', { errorCode: '30005' });
        },
      ],
      [
        'a failure was reported after a delivery whose report we acknowledged',
        (evidence) => {
          addFault(evidence, FAILED_AFTER_DELIVERED);
          evidence.reports.push(reportOf('snd_1', 'failed'));
          restate(evidence, 'msg_2', 'failed', { errorCode: '30008' });
        },
      ],
      [
        'an order failed as opted-out after START',
        (evidence) => {
          addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 200 });
          addText(evidence, { messageSid: 'SM7', body: 'START', means: 'start', postedMs: 400 });
          failed(evidence, { failureReason: 'opted-out' });
        },
      ],
    ],
    'the log says no more of a message than the carrier': [
      [
        'the log says delivered and the carrier undelivered',
        (evidence) =>
          Object.assign(carriedOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_003 }),
      ],
      ['one of two parts was only sent on', (evidence) => (carriedOf(evidence, 'snd_3').status = 'sent')],
      [
        'the status is none that there is',
        (evidence) => (evidence.conversations[0]!.messages[1]!.status = 'gone'),
      ],
    ],
    'the log says as much of a message as the carrier told us': [
      [
        'it stays queued for ever',
        (evidence) => {
          evidence.conversations[0]!.messages[1]!.status = 'queued';
        },
      ],
      [
        'it is failed after it was delivered',
        (evidence) => restate(evidence, 'msg_2', 'failed', { errorCode: '30008' }),
      ],
    ],
  });

  describeSound([
    ['an unconfirmed message that the carrier has', (evidence) => unreported(evidence, 'unconfirmed')],
    ['a message that was delivered, which nobody told us', (evidence) => unreported(evidence, 'sent')],
    [
      'a reply that was refused because of STOP',
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
      'a reply of which nobody knows whether it went out, since Twilio’s answers were lost',
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
        restate(evidence, 'msg_2', 'failed', { errorCode: '30008' });
      },
    ],
    [
      'a reply that the carrier did not deliver',
      (evidence) => {
        Object.assign(carriedOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_005 });
        evidence.reports[0] = reportOf('snd_1', 'undelivered');
        restate(evidence, 'msg_2', 'undelivered', { errorCode: '30005' });
      },
    ],
  ]);
});

/** The reply never left. */
function failed(evidence: EvidenceDraft, cause: { errorCode?: string; failureReason?: string } = {}): void {
  loseCarried(evidence, 'snd_1');
  evidence.sends[0]!.status = 'REJECTED';
  restate(evidence, 'msg_2', 'failed', cause);
}

function unreported(evidence: EvidenceDraft, status: string): void {
  evidence.reports.shift();
  restate(evidence, 'msg_2', status);
}

function confirmStop(evidence: EvidenceDraft): void {
  const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
  evidence.sends.push({ ...notice, id: 'snd_6', position: 6, threadId: 'thr_1' });
  const text = carriedOf(evidence, 'snd_4');
  const statusCallback = text.statusCallback!.replace('snd_4', 'snd_6');
  evidence.carried.push({ ...text, sid: 'SM-snd_6', to: PERSON, statusCallback });
}
