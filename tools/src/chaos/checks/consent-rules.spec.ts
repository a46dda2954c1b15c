import { describe } from 'vitest';
import { describeRules, describeFaultless } from '../testing/planted-faults.js';
import {
  addText,
  acceptedText,
  EPOCH_MS,
  type EvidenceDraft,
  removeAcceptedText,
  OTHER_PERSON,
  PERSON,
  setStatus,
} from '../testing/faultless-evidence.js';
import { CONFIRMATIONS, consentRules } from './consent-rules.js';

describe('the consent rules', () => {
  describeRules(consentRules, {
    'no send attempt is claimed between STOP and START': [
      [
        'an attempt was claimed after the commit of STOP',
        ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 100 }),
      ],
      [
        'an attempt with the reason opted-out was claimed after STOP and reached the carrier',
        ({ consents, sends }) => {
          consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 100 });
          sends[0]!.reason = 'opted-out';
        },
      ],
    ],
    'the carrier accepts no text between STOP and START': [
      [
        'the carrier accepted a text later than the send deadline after STOP',
        ({ acceptedTexts }) =>
          acceptedTexts.push(
            acceptedText({
              to: OTHER_PERSON,
              body: 'Psst',
              createdAt: new Date(EPOCH_MS + 9_000).toISOString(),
            }),
          ),
      ],
    ],
    'STOP and START are confirmed': [
      ['STOP has no confirmation', (evidence) => removeAcceptedText(evidence, 'snd_4')],
      [
        'STOP has two confirmations',
        ({ acceptedTexts }) => acceptedTexts.push({ ...acceptedTexts[3]!, sid: 'SMagain' }),
      ],
      [
        'a person who never sent STOP got a confirmation',
        ({ acceptedTexts }) => acceptedTexts.push(acceptedText({ body: CONFIRMATIONS.stop })),
      ],
      [
        'a person who never sent START got a confirmation',
        ({ acceptedTexts }) => acceptedTexts.push(acceptedText({ body: CONFIRMATIONS.start })),
      ],
      [
        'the unknown outcome of another person’s confirmation is no excuse',
        (evidence) => {
          removeAcceptedText(evidence, 'snd_4');
          const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
          evidence.sends.push({ ...notice, id: 'snd_9', position: 9, threadId: 'thr_1', status: 'UNKNOWN' });
        },
      ],
      ['START is not confirmed', (evidence) => addStart(evidence)],
    ],
    'people stay as they sent last': [
      ['a STOP had no effect', ({ consents }) => void consents.pop()],
      [
        'a person who never sent STOP is opted out',
        ({ consents }) => consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 5_000 }),
      ],
      ['a START had no effect', (evidence) => addStart(evidence)],
    ],
  });

  describeFaultless([
    [
      'an attempt claimed after STOP whose process died before it recorded the rejection',
      (evidence) => {
        addStop(evidence);
        removeAcceptedText(evidence, 'snd_1');
        Object.assign(evidence.sends[0]!, {
          status: 'UNKNOWN',
          wasUnknown: true,
          reason: 'opted-out',
          claimedAtMs: EPOCH_MS + 990,
        });
        setStatus(evidence, 'msg_2', 'failed', { failureReason: 'opted-out' });
      },
    ],
    [
      'an attempt claimed before the commit of STOP and accepted after it',
      (evidence) => {
        addStop(evidence);
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
      'a confirmation with unknown outcome',
      (evidence) => {
        removeAcceptedText(evidence, 'snd_4');
        evidence.sends.find(({ id }) => id === 'snd_4')!.status = 'UNKNOWN';
      },
    ],
  ]);
});

/** Adds a START of the person who sent STOP, without any effect. */
function addStart(evidence: EvidenceDraft): void {
  addText(evidence, {
    person: OTHER_PERSON,
    messageSid: 'SM7',
    body: 'START',
    means: 'start',
    postedMs: 700,
  });
}

/** Adds a STOP and its confirmation. */
function addStop(evidence: EvidenceDraft): void {
  addText(evidence, { messageSid: 'SM6', body: 'STOP', means: 'stop', postedMs: 800 });
  evidence.consents.push({ threadId: 'thr_1', change: 'opted-out', atMs: EPOCH_MS + 950 });
  evidence.conversations[0]!.events.push({ type: 'contact.opted-out', sequence: undefined, data: {} });
  const notice = evidence.sends.find(({ id }) => id === 'snd_4')!;
  evidence.sends.push({ ...notice, id: 'snd_6', position: 6, threadId: 'thr_1' });
  evidence.acceptedTexts.push(acceptedText({ attempt: 'snd_6', to: PERSON, body: CONFIRMATIONS.stop }));
}
