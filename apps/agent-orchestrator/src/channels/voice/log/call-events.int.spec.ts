import { idFollowing } from '@parley/kernel';
import type { LocalPostgres } from '@parley/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someCall } from '../../../testing/a-call.js';
import { givenPostgres, someDelivery } from '../../../testing/orchestrator.js';
import { givenCalls as givenCallsOn } from '../../../testing/given-calls.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await givenPostgres());
});
afterAll(() => stop());

const givenCalls = (answer?: () => Promise<string>) => givenCallsOn(postgres, answer);

describe('call events', () => {
  it('each state of a call is published once and in order, with the next sequence of its conversation', async () => {
    const { recordCallState, read, types } = await givenCalls();
    const call = someCall();
    const twice = someDelivery();
    await recordCallState.execute(call.state('initiated'), twice);
    expect(await recordCallState.execute(call.state('initiated'), twice)).toMatchObject({
      reason: 'event-seen-before',
    });
    await recordCallState.execute(call.state('answered'), someDelivery());
    expect(await recordCallState.execute(call.state('ringing'), someDelivery())).toMatchObject({
      reason: 'not-further',
    });
    await recordCallState.execute(call.state('unknown'), someDelivery());
    await recordCallState.execute(
      call.state('ended', { reason: 'caller-hung-up', durationMs: 1_000, turnCount: 0 }),
      someDelivery(),
    );
    expect(await types()).toEqual(['conversation.created', 'call.initiated', 'call.answered', 'call.ended']);
    expect((await read.events()).at(-1)).toMatchObject({
      sequence: 4,
      data: { callId: call.callId, direction: 'inbound', reason: 'caller-hung-up', durationMs: 1_000 },
    });
  });

  it('a call that a vendor’s outage ended causes one text, however often its end is reported', async () => {
    const { recordCallState, anotherReplica, database } = await givenCalls();
    const other = await anotherReplica();
    const call = someCall();
    const ended = call.state('ended', { reason: 'voice-unavailable', turnCount: 0 });
    await recordCallState.execute(call.state('answered'), someDelivery());
    const again = someDelivery();
    await Promise.all([
      recordCallState.execute(ended, again),
      other.recordCallState.execute(ended, again),
      other.recordCallState.execute(ended, someDelivery()),
    ]);
    const commands = await database.rows(
      `SELECT convert_from(payload, 'UTF8')::jsonb ->> 'messageId' AS id FROM outbox
       WHERE subject LIKE 'cmd.conversation.append.%'`,
    );
    expect(commands).toEqual([{ id: idFollowing('msg', call.callId) }]);
  });

  it('one call, contact and conversation exist even if a turn, a text and two states arrive at once', async () => {
    const { recordCallState, speak, read, anotherReplica, text } = await givenCalls();
    const other = await anotherReplica();
    const call = someCall();
    await Promise.all([
      speak(call.turn(1, 'Hi')),
      recordCallState.execute(call.state('initiated'), someDelivery()),
      other.recordCallState.execute(call.state('answered'), someDelivery()),
      text('Hello'),
    ]);
    expect(await Promise.all(['call', 'contact', 'conversation'].map(read.count))).toEqual([1, 1, 1]);
  });
});
