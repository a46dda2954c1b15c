import { expect, it } from 'vitest';
import { callStarted, ended, PlayedCall, reply, replyEnded, started, words } from './testing/played-call.js';

/** A call whose first question is asked, and not answered yet. */
function askedCall(): PlayedCall {
  const call = new PlayedCall()
    .at(0, callStarted(false))
    .at(500, started, words('when'))
    .at(1_000, ended('When do you open?'));
  call.look();
  return call;
}

it('[V-05] reasoning does not count as an answer: a filler is spoken, and then only the answer', () => {
  const call = askedCall()
    .at(1_100, reply(1, '<think>They ask for a table. At'))
    .at(4_000, reply(1, ' five?</think>At'), reply(1, ' five.'))
    .at(4_100, replyEnded(1));
  expect(call.done()).toMatchObject([
    { kind: 'fill', turnNo: 1 },
    { kind: 'speak', sentence: 'At five.' },
    { kind: 'finish-speaking' },
  ]);
});

it('[V-05] reasoning that begins right behind a sentence stays reasoning when that sentence is spoken', () => {
  const call = askedCall()
    .at(1_100, reply(1, 'One moment.<think>Is it'))
    .at(2_000, reply(1, ' five? Or six?'))
    .at(3_000, reply(1, '</think> At five.'), replyEnded(1));
  const spoken = call.done().flatMap((output) => (output.kind === 'speak' ? [output.sentence] : []));
  expect(spoken.join('')).toBe('One moment. At five.');
});

it('[V-05] an answer of nothing but a stage direction is not spoken and ends the turn', () => {
  const call = askedCall().at(1_100, reply(1, '*smiles*'), replyEnded(1));
  expect(call.done()).toMatchObject([{ kind: 'close-turn' }]);
});
