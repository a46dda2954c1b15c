import { describe, expect, it } from 'vitest';
import { addCounters, closeEntry, recordMoment, openEntry, unansweredEntry } from './ledger-entry.js';

const draft = openEntry(2, { said: 'What is it?', timings: { speechEndMs: 900, sttFinalMs: 1_100 } });
const reply = 'It is $415 in all.';

describe('[V-02] a turn is recorded as it was heard', () => {
  it('[V-02] a turn that was heard to its end is recorded whole', () => {
    expect(closeEntry(draft, { reply, heard: reply })).toEqual({
      turnNo: 2,
      said: 'What is it?',
      reply,
      heard: reply,
      timings: { speechEndMs: 900, sttFinalMs: 1_100 },
      counters: { sttMs: 0, charactersSynthesised: 0, tokensUsed: 0, tokensWasted: 0 },
    });
  });

  it('[V-02] a cut turn is recorded with the heard text and the position of the cut', () => {
    const entry = closeEntry(draft, { reply, heard: 'It is', cut: 'barge-in' });
    expect(entry.cut).toEqual({ atChar: 5, reason: 'barge-in' });
  });

  it('[V-02] a turn that never sounded is recorded with nothing heard', () => {
    expect(closeEntry(draft, { reply, heard: '', cut: 'hang-up' })).toMatchObject({
      heard: '',
      cut: { atChar: 0 },
    });
  });

  it('[V-02] a turn is never recorded with heard words that the agent did not speak', () => {
    expect(() => closeEntry(draft, { reply, heard: 'It was' })).toThrow(RangeError);
  });

  it('[V-02] a phrase is recorded as a turn in which the person said nothing', () => {
    const entry = closeEntry(openEntry(4, { phrase: 'reprompt' }), {
      reply: 'Still there?',
      heard: 'Still there?',
    });
    expect(entry).toMatchObject({ turnNo: 4, said: '', phrase: 'reprompt' });
  });

  it('[V-02] a turn without a reply is recorded with the reason for that', () => {
    const entry = unansweredEntry(openEntry(3, { said: 'uh-huh' }), 'backchannel');
    expect(entry).toMatchObject({
      turnNo: 3,
      said: 'uh-huh',
      reply: '',
      heard: '',
      unanswered: 'backchannel',
    });
  });
});

it('[V-13] only the first time of each moment of a turn is recorded', () => {
  const recorded = recordMoment(recordMoment(draft, 'firstTokenMs', 1_400), 'firstTokenMs', 1_500);
  expect(recorded.timings).toEqual({ speechEndMs: 900, sttFinalMs: 1_100, firstTokenMs: 1_400 });
});

it('the counters of a turn add up', () => {
  const counted = addCounters(addCounters(draft, { tokensUsed: 10, sttMs: 80 }), {
    tokensUsed: 5,
    tokensWasted: 2,
  });
  expect(counted.counters).toEqual({ sttMs: 80, charactersSynthesised: 0, tokensUsed: 15, tokensWasted: 2 });
});
