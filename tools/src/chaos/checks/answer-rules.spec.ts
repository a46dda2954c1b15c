import { describe } from 'vitest';
import type { Fault } from '../schedule.js';
import { describeRules, describeFaultless } from '../testing/planted-faults.js';
import {
  addFault,
  addText,
  addTurn,
  ANSWER,
  APOLOGY,
  type EvidenceDraft,
  OTHER_PERSON,
} from '../testing/faultless-evidence.js';
import { answerRules } from './answer-rules.js';

const MODEL_ERROR: Fault = { kind: 'model', mode: 'error', times: 3 };
const ASKED_2 = { messageSid: 'SM5', body: 'Question 5.' };
const ANSWER_2 = { reply: 'Message 2: you said "Question 5."', shown: ['Question 1.', 'Question 5.'] };

describe('the answer rules', () => {
  describeRules(answerRules, {
    'every question is answered unless its turn failed': [
      ['a question has no reply', (evidence) => addText(evidence, ASKED_2)],
      [
        'a reply leaves out an earlier question',
        (evidence) => {
          addText(evidence, ASKED_2);
          addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Question 6."', shown: ['Question 6.'] });
        },
      ],
      [
        'a failed turn does not excuse a later question',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
          addText(evidence, ASKED_2);
        },
      ],
      [
        'a failed turn does not excuse a question that an earlier reply left out',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addText(evidence, ASKED_2);
          addText(evidence, { messageSid: 'SM6', body: 'Question 6.' });
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Question 6."', shown: ['Question 6.'] });
          addTurn(evidence, 'turn_3', { reason: 'model-error', apology: APOLOGY });
        },
      ],
    ],
    'no question is answered twice': [
      [
        'an answer is repeated',
        (evidence) => addTurn(evidence, 'turn_2', { reply: ANSWER, shown: ['Question 1.'] }),
      ],
    ],
    "every reply is the model's answer to that person": [
      ['the model did not give this reply', ({ prompts }) => (prompts[0]!.reply = 'Something else')],
      [
        'a reply quotes a text that no person sent',
        (evidence) => {
          addText(evidence, ASKED_2);
          addTurn(evidence, 'turn_2', { reply: 'Message 2: you said "Buy now"', shown: ['Question 5.'] });
        },
      ],
      [
        'a prompt contains the text of another person',
        (evidence) => {
          addText(evidence, { person: OTHER_PERSON, messageSid: 'SM6', body: 'Question 6.' });
          evidence.prompts[0]!.userTexts.push('Question 6.');
        },
      ],
    ],
    'a turn fails only because of a fault in the schedule': [
      [
        'the model failed without a scripted fault',
        (evidence) => addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY }),
      ],
      [
        'the model timed out, though the scripted fault is an error',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          addTurn(evidence, 'turn_2', { reason: 'model-timeout', apology: APOLOGY });
        },
      ],
      ['a turn ended without a reply', (evidence) => endAs(evidence, 'no-reply')],
    ],
    'a conversation gets at most one apology, after a failed turn': [
      [
        'a conversation got five apologies',
        (evidence) => {
          addFault(evidence, MODEL_ERROR);
          for (const turn of [2, 3, 4, 5, 6])
            addTurn(evidence, `turn_${turn}`, { reason: 'model-error', apology: APOLOGY });
        },
      ],
      [
        'an apology follows no failed turn',
        (evidence) => {
          addText(evidence, ASKED_2);
          addTurn(evidence, 'turn_2', { ...ANSWER_2, reply: APOLOGY });
        },
      ],
    ],
    'at least one question is answered': [['no turn replied', (evidence) => endAs(evidence, 'no-reply')]],
  });

  describeFaultless([
    [
      'an apology instead of an answer',
      (evidence) => {
        addFault(evidence, MODEL_ERROR);
        addText(evidence, ASKED_2);
        addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
      },
    ],
    [
      'a failed turn without a second apology',
      (evidence) => {
        addFault(evidence, MODEL_ERROR);
        addTurn(evidence, 'turn_2', { reason: 'model-error', apology: APOLOGY });
        addText(evidence, ASKED_2);
        addTurn(evidence, 'turn_3', { reason: 'model-error' });
      },
    ],
    [
      'one answer to two questions in one prompt message',
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
      'a question that arrives during a turn and is answered in the next',
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
