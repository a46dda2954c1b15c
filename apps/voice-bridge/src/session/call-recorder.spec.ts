import { Logger } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { expect, it } from 'vitest';
import type { ClaimedStream } from '../calls/call-store.js';
import type { OpenTurn } from '../calls/open-turn.js';
import type { TurnStore } from '../calls/turn-store.js';
import { CallRecorder } from './call-recorder.js';

Logger.overrideLogger(false);

const stream = { callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn' as CallId, streamToken: 'token' };
const claimed = { call: { id: stream.callId }, lastTurnNo: 4, streamNo: 1, laneToken: '' } as ClaimedStream;

/** Makes a recorder whose store has only these methods. */
function recorderWith(turns: Partial<TurnStore>): CallRecorder {
  const unused = undefined as never;
  return new CallRecorder(unused, unused, unused, unused, unused, {
    newest: async () => [],
    ...turns,
  } as TurnStore);
}

it('a sentence is spoken once it is stored with all sentences before it', async () => {
  const written: OpenTurn[] = [];
  const recorder = recorderWith({
    storeOpen: async (_stream, turn) => void written.push(turn),
  });
  const ledger = await recorder.ledgerOf(claimed, stream);
  ledger.open(1, { said: 'When do you open?' });
  await ledger.storeSaid(1);
  await ledger.addSentence(1, 'At five. ');
  await ledger.addSentence(1, 'Or at six.');
  expect(written.map(({ turnNo, sentences }) => [turnNo, sentences])).toEqual([
    [5, []],
    [5, ['At five. ']],
    [5, ['At five. ', 'Or at six.']],
  ]);
  expect(written.every(({ said, kind }) => said === 'When do you open?' && kind === 'answer')).toBe(true);
});

it('a sentence is spoken even if it cannot be stored, or storing takes too long', async () => {
  const never = new Promise<never>(() => undefined);
  for (const storeOpen of [async () => never, async () => Promise.reject(new Error('no'))]) {
    const ledger = await recorderWith({ storeOpen }).ledgerOf(claimed, stream);
    ledger.open(1, { phrase: 'greeting' });
    await expect(ledger.addSentence(1, 'Hello!')).resolves.toBeUndefined();
  }
});
