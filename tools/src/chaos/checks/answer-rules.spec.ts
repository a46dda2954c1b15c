import { describe } from 'vitest';
import type { Fault } from '../schedule.js';
import { describeRules, describeSound } from '../testing/planted-faults.js';
import {
  addFault,
  addText,
  addTurn,
  ANSWER,
  APOLOGY,
  type EvidenceDraft,
  OTHER,
} from '../testing/sound-evidence.js';
import { answerRules } from './answer-rules.js';

const MODEL_ERROR: Fault = { kind: 'model', mode: 'error', times: 3 };
const ASKED_2 = { messageSid: 'SM5', body: 'Question 5.' };
const ANSWER_2 = { reply: 'Message 2: you said "Question 5."', shown: ['Question 1.', 'Question 5.'] };

describe('the rules of answers', () => {
  describeRules(answerRules, {
    'every question was answered, or its own turn failed': [
      ['nobody answered', (evidence) => addText(evidence, ASKED_2)],
      [
        'a reply left out what was asked before its turn',
        (evidence) => {
          addText(evidence, ASKED_2);
          addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Question 6."', shown: ['Question 6.'] });
        },
      ],
      [
        'one failed turn is to excuse a text that came after it',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
          addText(evidence, ASKED_2);
        },
      ],
      [
        'a later failed turn is to excuse what an earlier reply left out',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addText(evidence, ASKED_2);
          addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Question 6."', shown: ['Question 6.'] });
          addTurn(evidence, 'turn_3', { reason: 'model-error', apology: APOLOGY });
        },
      ],
    ],
    'no question was answered twice': [
      [
        'an answer is given again',
        (evidence) => addTurn(evidence, 'turn_2', { reply: ANSWER, shown: ['Question 1.'] }),
      ],
    ],
    'the agent says what its model answered to that person': [
      ['no model said so', ({ prompts }) => (prompts[0]!.reply = 'Something else')],
      [
        'it quotes what nobody said',
        (evidence) => {
          addText(evidence, ASKED_2);
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Buy now"', shown: ['Question 5.'] });
        },
      ],
      [
        'it knows what somebody else said',
        (evidence) => {
          addText(evidence, { person: OTHER, messageSid: 'SM6', body: 'Question 6.' });
          evidence.prompts[0]!.personSaid.push('Question 6.');
        },
      ],
    ],
    'turns failed only for reasons that this seed gives': [
      [
        'the model failed in a seed in which it does not',
        (evidence) => addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY }),
      ],
      [
        'the model was too slow in a seed in which it fails',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addTurn(evidence, 'turn_2', { reason: 'model-timeout', apology: APOLOGY });
        },
      ],
      ['a turn ended without a reply', (evidence) => endAs(evidence, 'no-reply')],
    ],
    'a conversation hears one apology, for a failed turn': [
      [
        'the apology came five times',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          for (const turn of [2, 3, 4, 5, 6])
            addTurn(evidence, `turn_${turn}`, { reason: 'model-error', apology: APOLOGY });
        },
      ],
      [
        'nothing had failed',
        (evidence) => {
          addText(evidence, ASKED_2);
          addTurn(evidence, 'turn_2', { ...ANSWER_2, reply: APOLOGY });
        },
      ],
    ],
    'people were answered at all': [['no turn replied', (evidence) => endAs(evidence, 'no-reply')]],
  });

  describeSound([
    [
      'an apology in place of an answer',
      (evidence) => {
        addFault(evidence, MODEL_ERROR);
        addText(evidence, ASKED_2);
        addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
      },
    ],
    [
      'a failed turn that had apologised a moment ago',
      (evidence) => {
        addFault(evidence, MODEL_ERROR);
        addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
        addText(evidence, ASKED_2);
        addTurn(evidence, 'turn_3', { reason: 'model-error' });
      },
    ],
    [
      'one answer to two questions, which the model was shown as one message',
      (evidence) => {
        addText(evidence, ASKED_2);
        addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
        addTurn(evidence, 'turn_2', {
          reply: 'Message 2: you said "Question 5.\n\nQuestion 6."',
          shown: ['Question 1.', 'Question 5.\n\nQuestion 6.'],
        });
      },
    ],
    [
      'a question that came in during a turn and was answered in the next',
      (evidence) => {
        addText(evidence, ASKED_2);
        addTurn(evidence, 'turn_2', ANSWER_2);
        addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
        addTurn(evidence, 'turn_3', {
          reply: 'Message 3: you said "Question 6."',
          shown: [...ANSWER_2.shown, 'Question 6.'],
        });
      },
    ],
  ]);
});

function endAs({ conversations }: EvidenceDraft, outcome: string): void {
  const end = conversations[0]!.events.find(({ type }) => type === 'turn.completed')!;
  end.data = { turnId: 'turn_1', outcome };
}
