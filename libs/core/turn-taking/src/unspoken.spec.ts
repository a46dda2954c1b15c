import { expect, it } from 'vitest';
import {
  callStarted,
  endOfTurn,
  PlayedCall,
  replyText,
  replyEnded,
  speechStarted,
  interimTranscript,
} from './testing/played-call.js';

/** Makes a call whose first question is not answered yet. */
function askedCall(): PlayedCall {
  const call = new PlayedCall()
    .at(0, callStarted(false))
    .at(500, speechStarted, interimTranscript('when'))
    .at(1_000, endOfTurn('When do you open?'));
  call.takeAll();
  return call;
}

it('[V-05] while the model reasons, a filler is spoken, and after the reasoning only the answer', () => {
  const call = askedCall()
    .at(1_100, replyText(1, '<think>They ask for a table. At'))
    .at(4_000, replyText(1, ' five?</think>At'), replyText(1, ' five.'))
    .at(4_100, replyEnded(1));
  expect(call.takeOutputs()).toMatchObject([
    { kind: 'fill', turnNo: 1 },
    { kind: 'speak', sentence: 'At five.' },
    { kind: 'finish-speaking' },
  ]);
});

it('[V-05] reasoning that begins right after a sentence is not spoken with that sentence', () => {
  const call = askedCall()
    .at(1_100, replyText(1, 'One moment.<think>Is it'))
    .at(2_000, replyText(1, ' five? Or six?'))
    .at(3_000, replyText(1, '</think> At five.'), replyEnded(1));
  const spoken = call.takeOutputs().flatMap((output) => (output.kind === 'speak' ? [output.sentence] : []));
  expect(spoken.join('')).toBe('One moment. At five.');
});

it('[V-05] a reply that consists only of a stage direction is not spoken and ends its turn', () => {
  const call = askedCall().at(1_100, replyText(1, '*smiles*'), replyEnded(1));
  expect(call.takeOutputs()).toMatchObject([{ kind: 'close-turn' }]);
});
