import { deriveId } from '@parley/kernel';
import { describe, expect, it } from 'vitest';
import { someCall } from '../../../testing/a-call.js';
import { someReceipt } from '../../../testing/orchestrator.js';
import { givenCalls } from '../../../testing/given-calls.js';
import { withPostgres } from '../../../testing/servers.js';

withPostgres();

describe('call events', () => {
  it('a state of a call is published once, and only if it is later than the state before', async () => {
    const { recordCallState, read, types } = await givenCalls();
    const call = someCall();
    const twice = someReceipt();
    await recordCallState.execute(call.state('initiated'), twice);
    expect(await recordCallState.execute(call.state('initiated'), twice)).toMatchObject({
      reason: 'event-seen-before',
    });
    await recordCallState.execute(call.state('answered'), someReceipt());
    expect(await recordCallState.execute(call.state('ringing'), someReceipt())).toMatchObject({
      reason: 'not-further',
    });
    await recordCallState.execute(call.state('unknown'), someReceipt());
    await recordCallState.execute(
      call.state('ended', { reason: 'caller-hung-up', durationMs: 1_000, turnCount: 0 }),
      someReceipt(),
    );
    expect(await types()).toEqual(['conversation.created', 'call.initiated', 'call.answered', 'call.ended']);
    expect((await read.events()).at(-1)).toMatchObject({
      sequence: 4,
      data: { callId: call.callId, direction: 'inbound', reason: 'caller-hung-up', durationMs: 1_000 },
    });
  });

  it('a call that ends because a vendor is unavailable causes one text, however often the end is reported', async () => {
    const { recordCallState, anotherReplica, database } = await givenCalls();
    const other = await anotherReplica();
    const call = someCall();
    const ended = call.state('ended', { reason: 'voice-unavailable', turnCount: 0 });
    await recordCallState.execute(call.state('answered'), someReceipt());
    const again = someReceipt();
    await Promise.all([
      recordCallState.execute(ended, again),
      other.recordCallState.execute(ended, again),
      other.recordCallState.execute(ended, someReceipt()),
    ]);
    const commands = await database.rows(
      `SELECT convert_from(payload, 'UTF8')::jsonb ->> 'messageId' AS id FROM outbox
       WHERE subject LIKE 'cmd.conversation.append.%'`,
    );
    expect(commands).toEqual([{ id: deriveId('msg', call.callId) }]);
  });

  it('a turn, a text and two states that arrive at once create one call, one contact and one conversation', async () => {
    const { recordCallState, speak, read, anotherReplica, text } = await givenCalls();
    const other = await anotherReplica();
    const call = someCall();
    await Promise.all([
      speak(call.turn(1, 'Hi')),
      recordCallState.execute(call.state('initiated'), someReceipt()),
      other.recordCallState.execute(call.state('answered'), someReceipt()),
      text('Hello'),
    ]);
    expect(await Promise.all(['call', 'contact', 'conversation'].map(read.count))).toEqual([1, 1, 1]);
  });
});
