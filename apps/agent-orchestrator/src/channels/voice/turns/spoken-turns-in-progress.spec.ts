import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { SpokenTurnsInProgress } from './spoken-turns-in-progress.js';

const stopping = new AbortController().signal;
const call = { callId: newId('call'), turnId: newId('turn') };

function givenWork(attempt: number, turnId = call.turnId) {
  const turns = new SpokenTurnsInProgress();
  let signal: AbortSignal | undefined;
  void turns.run({ ...call, turnId, attempt }, stopping, (cancelled) => {
    signal = cancelled;
    return new Promise(() => {});
  });
  return { turns, isCancelled: () => signal?.aborted };
}

describe('SpokenTurnsInProgress', () => {
  it.each([
    ['the same attempt stops', call.turnId, 2, true],
    ['a later attempt stops', call.turnId, 3, true],
    ['an earlier attempt does not stop', call.turnId, 1, false],
    ['another turn does not stop', newId('turn'), 2, false],
  ])('the cancellation of %s a spoken turn', (_, turnId, attempt, isCancelled) => {
    const work = givenWork(2);
    work.turns.cancel({ callId: call.callId, turnId, attempt });
    expect(work.isCancelled()).toBe(isCancelled);
  });

  it('a spoken turn goes on when another call’s turn is cancelled', () => {
    const work = givenWork(1);
    work.turns.cancel({ callId: newId('call'), turnId: call.turnId, attempt: 1 });
    expect(work.isCancelled()).toBe(false);
  });

  it('a newer turn of a call cancels the turn before', () => {
    const work = givenWork(1);
    void work.turns.run({ ...call, turnId: newId('turn'), attempt: 1 }, stopping, async () => 1);
    expect(work.isCancelled()).toBe(true);
  });
});
