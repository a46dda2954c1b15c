import { turnRecordExample, type TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { expect, it } from 'vitest';
import type { CallStore } from './call-store.js';
import { CallsResponder } from './calls.responder.js';
import type { HangUpCall } from './hang-up-call.js';
import type { TurnStore } from './turn-store.js';

it('a long transcript is answered in pages that each fit into one NATS message', async () => {
  const callId = 'call_01k9wm3v7hq2b8yjr5xet6c4dn' as CallId;
  const turns = Array.from({ length: 150 }, (_, index) => ({
    ...turnRecordExample,
    turnNo: index + 1,
    said: '漢'.repeat(4_000),
  })) as unknown as TurnRecord[];
  const responder = new CallsResponder(
    { find: async () => ({ id: callId }) } as unknown as CallStore,
    {
      after: async (_: CallId, turnNo: number, limit: number) => turns.slice(turnNo, turnNo + limit),
    } as unknown as TurnStore,
    {} as HangUpCall,
  );
  const read: TurnRecord[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = (await responder.getTranscript({ callId, limit: 200, ...(cursor && { cursor }) }))!;
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(600_000);
    read.push(...page.data);
    cursor = page.nextCursor;
  }
  expect(read).toEqual(turns);
});
