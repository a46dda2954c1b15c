import { describe } from 'vitest';
import { describeRules, describeSound } from '../testing/planted-faults.js';
import { carriedOf, carriedText, loseCarried, OTHER, reportOf, send } from '../testing/sound-evidence.js';
import { carrierRules } from './carrier-rules.js';

describe('the rules of what the carrier accepts', () => {
  describeRules(carrierRules, {
    'each attempt was accepted at most once': [
      [
        'one attempt is at the carrier twice',
        ({ carried }) => carried.push({ ...carried[0]!, sid: 'SMagain' }),
      ],
      ['nobody asked for a text', ({ carried }) => carried.push(carriedText({ attempt: 'snd_nobody' }))],
      ['a text names no attempt', ({ carried }) => carried.push({ ...carried[0]!, statusCallback: null })],
    ],
    'every text went to its own person, from our number': [
      ['a reply went to somebody else', (evidence) => (carriedOf(evidence, 'snd_1').to = OTHER)],
      [
        'a confirmation went to somebody else',
        (evidence) => (carriedOf(evidence, 'snd_4').to = '+15551000009'),
      ],
      [
        'it was sent from a number that is not ours',
        (evidence) => (carriedOf(evidence, 'snd_2').from = OTHER),
      ],
    ],
    'nothing was said twice': [
      [
        'the same words went out in a second attempt',
        ({ carried, sends }) => {
          sends.push(send({ id: 'snd_again', position: 9 }));
          carried.push(carriedText({ attempt: 'snd_again' }));
        },
      ],
    ],
    'replies and their parts came in order': [
      ['a later message came first', ({ carried }) => void carried.unshift(...carried.splice(1, 2))],
      ['parts changed places', ({ carried }) => void carried.splice(1, 2, carried[2]!, carried[1]!)],
    ],
  });

  describeSound([
    [
      'a second attempt after the carrier lost the first',
      (evidence) => {
        Object.assign(carriedOf(evidence, 'snd_1'), { status: 'undelivered', errorCode: 30_003 });
        evidence.sends.push(send({ id: 'snd_again', position: 9 }));
        evidence.carried.push(carriedText({ attempt: 'snd_again' }));
        evidence.reports = [...evidence.reports.slice(1), reportOf('snd_1', 'undelivered')];
      },
    ],
    [
      'the same part attempted again, and out of turn, because the carrier did not have it',
      (evidence) => {
        loseCarried(evidence, 'snd_1');
        evidence.sends.push(send({ id: 'snd_again', position: 9 }));
        evidence.carried.push(carriedText({ attempt: 'snd_again' }));
      },
    ],
  ]);
});
