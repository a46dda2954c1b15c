import { describe } from 'vitest';
import { describeRules, describeFaultless } from '../testing/planted-faults.js';
import {
  acceptedTextsOf,
  acceptedText,
  removeAcceptedText,
  OTHER_PERSON,
  reportOf,
  sendRow,
} from '../testing/faultless-evidence.js';
import { carrierRules } from './carrier-rules.js';

describe('the carrier rules', () => {
  describeRules(carrierRules, {
    'the carrier accepts each send attempt at most once': [
      [
        'the carrier accepted one attempt twice',
        ({ acceptedTexts }) => acceptedTexts.push({ ...acceptedTexts[0]!, sid: 'SMagain' }),
      ],
      [
        'a text belongs to an unknown send attempt',
        ({ acceptedTexts }) => acceptedTexts.push(acceptedText({ attempt: 'snd_nobody' })),
      ],
      [
        'a text names no send attempt',
        ({ acceptedTexts }) => acceptedTexts.push({ ...acceptedTexts[0]!, statusCallback: null }),
      ],
    ],
    'every text goes to the right person from our number': [
      [
        'a reply went to another person',
        (evidence) => (acceptedTextsOf(evidence, 'snd_1').to = OTHER_PERSON),
      ],
      [
        'a confirmation went to another person',
        (evidence) => (acceptedTextsOf(evidence, 'snd_4').to = '+15551000009'),
      ],
      [
        'a text came from a number that is not ours',
        (evidence) => (acceptedTextsOf(evidence, 'snd_2').from = OTHER_PERSON),
      ],
    ],
    'no text is sent twice': [
      [
        'the same text was sent in a second attempt',
        ({ acceptedTexts, sends }) => {
          sends.push(sendRow({ id: 'snd_again', position: 9 }));
          acceptedTexts.push(acceptedText({ attempt: 'snd_again' }));
        },
      ],
    ],
    'replies and their parts arrive in order': [
      [
        'a later message arrived first',
        ({ acceptedTexts }) => void acceptedTexts.unshift(...acceptedTexts.splice(1, 2)),
      ],
      [
        'two parts arrived in the wrong order',
        ({ acceptedTexts }) => void acceptedTexts.splice(1, 2, acceptedTexts[2]!, acceptedTexts[1]!),
      ],
    ],
  });

  describeFaultless([
    [
      'a second attempt after the carrier lost the first',
      (evidence) => {
        Object.assign(acceptedTextsOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_003 });
        evidence.sends.push(sendRow({ id: 'snd_again', position: 9 }));
        evidence.acceptedTexts.push(acceptedText({ attempt: 'snd_again' }));
        evidence.reports = [...evidence.reports.slice(1), reportOf('snd_1', 'undelivered')];
      },
    ],
    [
      'a repeated attempt, out of order, for a part that the carrier did not have',
      (evidence) => {
        removeAcceptedText(evidence, 'snd_1');
        evidence.sends.push(sendRow({ id: 'snd_again', position: 9 }));
        evidence.acceptedTexts.push(acceptedText({ attempt: 'snd_again' }));
      },
    ],
  ]);
});
