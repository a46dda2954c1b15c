import { describe } from 'vitest';
import { describeRules, describeSound } from '../testing/planted-faults.js';
import {
  addText,
  carriedText,
  EPOCH_MS,
  type EvidenceDraft,
  loseCarried,
  OTHER,
  PERSON,
  restate,
} from '../testing/sound-evidence.js';
import { CONFIRMATIONS, consentRules } from './consent-rules.js';

describe('the rules of STOP and START', () => {
  describeRules(consentRules, {
    'nothing was claimed between STOP and START': [
      [
        'an attempt was claimed after the commit',
        ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 100 }),
      ],
      [
        'an attempt was claimed after the commit and reached the carrier, whatever its reason says',
        ({ consents, sends }) => {
          consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 100 });
          sends[0]!.reason = 'opted-out';
        },
      ],
    ],
    'the carrier accepted nothing between STOP and START': [
      [
        'the carrier accepted something later than any claim allows',
        ({ carried }) =>
          carried.push(
            carriedText({ to: OTHER, body: 'Psst', createdAt: new Date(EPOCH_MS + 9_000).toISOString() }),
          ),
      ],
    ],
    'STOP and START were confirmed, once each': [
      ['there is no confirmation', (evidence) => loseCarried(evidence, 'snd_4')],
      ['there are two', ({ carried }) => carried.push({ ...carried[3]!, sid: 'SMagain' })],
      [
        'somebody who never said STOP got one',
        ({ carried }) => carried.push(carriedText({ body: CONFIRMATIONS.stop })),
      ],
      [
        'somebody who never said START is subscribed',
        ({ carried }) => carried.push(carriedText({ body: CONFIRMATIONS.start })),
      ],
      [
        'another person’s unknown confirmation is to excuse it',
        (evidence) => {
          loseCarried(evidence, 'snd_4');
          const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
          evidence.sends.push({ ...notice, id: 'snd_9', position: 9, threadId: 'thr_1', status: 'UNKNOWN' });
        },
      ],
      ['START is not confirmed', (evidence) => sayStart(evidence)],
    ],
    'people stay as they said last': [
      ['a STOP had no effect', ({ consents }) => void consents.pop()],
      [
        'somebody who never said STOP is opted out',
        ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 5_000 }),
      ],
      ['a START had no effect', (evidence) => sayStart(evidence)],
    ],
  });

  describeSound([
    [
      'an attempt claimed after STOP whose process died before it recorded the rejection',
      (evidence) => {
        addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 800 });
        evidence.consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 950 });
        evidence.conversations[0]!.events.push({ type: 'contact.opted-out', sequence: undefined, data: {} });
        const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
        evidence.sends.push({ ...notice, id: 'snd_6', position: 6, threadId: 'thr_1' });
        evidence.carried.push(carriedText({ attempt: 'snd_6', to: PERSON, body: CONFIRMATIONS.stop }));
        loseCarried(evidence, 'snd_1');
        Object.assign(evidence.sends[0]!, {
          status: 'UNKNOWN',
          wasUnknown: true,
          reason: 'opted-out',
          claimedAtMs: EPOCH_MS + 990,
        });
        restate(evidence, 'msg_2', 'failed', { failureReason: 'opted-out' });
      },
    ],
    [
      'an attempt claimed before STOP was committed, and accepted right after',
      (evidence) => {
        addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 800 });
        evidence.consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 950 });
        evidence.conversations[0]!.events.push({ type: 'contact.opted-out', sequence: undefined, data: {} });
        const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
        evidence.sends.push({ ...notice, id: 'snd_6', position: 6, threadId: 'thr_1' });
        evidence.carried.push(carriedText({ attempt: 'snd_6', to: PERSON, body: CONFIRMATIONS.stop }));
      },
    ],
    [
      'an attempt claimed after START',
      (evidence) => {
        evidence.consents.push(
          { threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 10 },
          { threadId: 'thr_1', change: 'opted-in', atMs: EPOCH_MS + 20 },
        );
        for (const type of ['contact.opted-out', 'contact.opted-in'])
          evidence.conversations[0]!.events.push({ type, sequence: undefined, data: {} });
      },
    ],
    [
      'a confirmation of which nobody knows what became of it',
      (evidence) => {
        loseCarried(evidence, 'snd_4');
        evidence.sends.find(({ id }) => id === 'snd_4')!.status = 'UNKNOWN';
      },
    ],
  ]);
});

/** The person who said STOP says START, and nothing comes of it. */
function sayStart(evidence: EvidenceDraft): void {
  addText(evidence, { person: OTHER, messageSid: 'SM7', body: 'START', means: 'start', postedMs: 700 });
}
