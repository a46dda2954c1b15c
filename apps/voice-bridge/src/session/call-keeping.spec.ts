import { Logger } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { expect, it } from 'vitest';
import type { ClaimedStream } from '../calls/call-store.js';
import type { OpenTurn } from '../calls/open-turn.js';
import type { TurnStore } from '../calls/turn-store.js';
import { CallKeeping } from './call-keeping.js';

Logger.overrideLogger(false);

const stream = { callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn' as CallId, streamToken: 'token' };
const claimed = { call: { id: stream.callId }, lastTurnNo: 4, streamNo: 1, laneToken: '' } as ClaimedStream;

/** Everything else of it is not asked for anything here. */
function keepingWith(turns: Partial<TurnStore>): CallKeeping {
  const unused = undefined as never;
  return new CallKeeping(unused, unused, unused, unused, unused, unused, {
    newest: async () => [],
    ...turns,
  } as TurnStore);
}

it('lets a sentence be spoken when it is written down, with all sentences before it', async () => {
  const written: OpenTurn[] = [];
  const keeping = keepingWith({
    keepOpen: async (_stream, turn) => void written.push(turn),
  });
  const ledger = await keeping.ledgerOf(claimed, stream);
  ledger.open(1, { said: 'When do you open?' });
  await ledger.asked(1);
  await ledger.say(1, 'At five. ');
  await ledger.say(1, 'Or at six.');
  expect(written.map(({ turnNo, sentences }) => [turnNo, sentences])).toEqual([
    [5, []],
    [5, ['At five. ']],
    [5, ['At five. ', 'Or at six.']],
  ]);
  expect(written.every(({ said, kind }) => said === 'When do you open?' && kind === 'answer')).toBe(true);
});

it('lets a sentence be spoken all the same when it cannot be written down, or that does not come to an end', async () => {
  const never = new Promise<never>(() => undefined);
  for (const keepOpen of [async () => never, async () => Promise.reject(new Error('no'))]) {
    const ledger = await keepingWith({ keepOpen }).ledgerOf(claimed, stream);
    ledger.open(1, { line: 'greeting' });
    await expect(ledger.say(1, 'Hello!')).resolves.toBeUndefined();
  }
});
