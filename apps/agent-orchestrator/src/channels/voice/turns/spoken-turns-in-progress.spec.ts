import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { SpokenTurnsInProgress } from './spoken-turns-in-progress.js';

const stopping = new AbortController().signal;
const call = { callId: newId('call'), turnId: newId('turn') };

function givenWork(attempt: number, turnId = call.turnId) {
  const underWay = new SpokenTurnsInProgress();
  let signal: AbortSignal | undefined;
  void underWay.run({ ...call, turnId, attempt }, stopping, (cancelled) => {
    signal = cancelled;
    return new Promise(() => {});
  });
  return { underWay, isCancelled: () => signal?.aborted };
}

describe('a turn under way', () => {
  it.each([
    ['its own attempt', call.turnId, 2, true],
    ['a later attempt', call.turnId, 3, true],
    ['an earlier attempt', call.turnId, 1, false],
    ['another turn', newId('turn'), 2, false],
  ])('is cancelled with %s', (_, turnId, attempt, isCancelled) => {
    const work = givenWork(2);
    work.underWay.cancel({ callId: call.callId, turnId, attempt });
    expect(work.isCancelled()).toBe(isCancelled);
  });

  it('is not cancelled with the turn of another call', () => {
    const work = givenWork(1);
    work.underWay.cancel({ callId: newId('call'), turnId: call.turnId, attempt: 1 });
    expect(work.isCancelled()).toBe(false);
  });

  it('ends where a newer one of its call begins', () => {
    const work = givenWork(1);
    void work.underWay.run({ ...call, turnId: newId('turn'), attempt: 1 }, stopping, async () => 1);
    expect(work.isCancelled()).toBe(true);
  });
});
