import { describe, expect, it } from 'vitest';
import { someCall, someRecord } from '../../../testing/a-call.js';
import { givenOrchestrator, neverCancelled, someReceipt } from '../../../testing/orchestrator.js';
import { ScriptedModel } from '../../../testing/scripted-model.js';
import type { VoiceTurn } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';
import { givenCalls } from '../../../testing/given-calls.js';
import { withPostgres } from '../../../testing/servers.js';

withPostgres();

describe('a spoken turn', () => {
  it('a spoken turn returns the model’s words and the id of its conversation', async () => {
    const { speak, aloud, read, prompt, model } = await givenCalls();
    const call = someCall();
    const turn = call.turn(1, 'Hello');
    const end = await speak(turn);
    expect(aloud).toEqual(['Certainly.']);
    expect(end).toMatchObject({ turnId: turn.turnId, finishReason: 'complete', ledgerMergedThrough: 0 });
    expect(prompt()).toEqual(['user: Hello']);
    expect(model.prompts[0]).toMatchObject({ channel: { name: 'voice' } });
    expect(model.prompts[0]!.system).toContain('live phone call');
    expect(await read.messages()).toEqual([]);
    expect((await read.events()).map((event) => [event.conversation, event.data['channel']])).toEqual([
      [end.conversationId, 'voice'],
    ]);
  });

  it('a spoken turn adds its ledger to the log before it asks the model, and the prompt contains only the heard part of replies', async () => {
    const { speak, prompt, says, types, read } = await givenCalls();
    const call = someCall();
    const greeting = {
      ...someRecord(1, '', 'Hello, front desk.'),
      reply: { ...someRecord(1, '', 'Hello, front desk.').reply!, kind: 'greeting' as const },
    };
    const ledger = [
      someRecord(3, 'What about six?', 'Six is free as well.', ''),
      greeting,
      someRecord(2, 'When is a table free?', 'At five, at six and at eight.', 'At five, at six'),
    ];
    const end = await speak(call.turn(4, 'Six then', { ledger }));
    expect(end.ledgerMergedThrough).toBe(3);
    expect(prompt()).toEqual([
      'assistant: Hello, front desk.',
      'user: When is a table free?',
      'assistant: At five, at six',
      'user: What about six?',
      'user: Six then',
    ]);
    expect(await says()).toEqual([
      'spoken: Hello, front desk.',
      'inbound: When is a table free?',
      'spoken: At five, at six and at eight. [heard: At five, at six]',
      'inbound: What about six?',
      'spoken: Six is free as well. [heard: ]',
    ]);
    expect((await read.messages()).map(({ status }) => status)).toEqual([
      'delivered',
      'received',
      'delivered',
      'received',
      'undelivered',
    ]);
    expect(await types()).toEqual([
      'conversation.created',
      'call.turn-completed',
      'message.received',
      'call.interrupted',
      'call.turn-completed',
      'message.received',
      'call.interrupted',
      'call.turn-completed',
    ]);
    expect((await read.events()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await read.messages()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  it('each ledger entry is added to the log once, and the entries before the first gap are acknowledged', async () => {
    const { speak, recordSpokenTurn, says, anotherReplica } = await givenCalls();
    const call = someCall();
    const [one, two, three] = [1, 2, 3].map((n) => someRecord(n, `said ${n}`, `answer ${n}`)) as [
      ReturnType<typeof someRecord>,
      ReturnType<typeof someRecord>,
      ReturnType<typeof someRecord>,
    ];
    const fact = someReceipt();
    await recordSpokenTurn.execute(call.fact(one), fact);
    expect((await speak(call.turn(4, 'x', { ledger: [one, three] }))).ledgerMergedThrough).toBe(1);
    const other = await anotherReplica();
    await Promise.all([
      recordSpokenTurn.execute(call.fact(one), fact),
      recordSpokenTurn.execute(call.fact(three), someReceipt()),
      other.recordSpokenTurn.execute(call.fact(two), someReceipt()),
      speak(call.turn(4, 'x', { attempt: 2, ledger: [one, two, three] })),
    ]);
    expect((await speak(call.turn(4, 'x', { attempt: 3 }))).ledgerMergedThrough).toBe(3);
    expect((await says()).toSorted()).toEqual(
      [1, 2, 3].flatMap((n) => [`inbound: said ${n}`, `spoken: answer ${n}`]).toSorted(),
    );
  });

  it('a backchannel in the ledger is added to the log, and an echo is not', async () => {
    const { speak, says } = await givenCalls();
    const echo = { ...someRecord(2, 'at five'), noReplyReason: 'echo' as const };
    await speak(someCall().turn(3, 'x', { ledger: [someRecord(1, 'uh-huh'), echo] }));
    expect(await says()).toEqual(['inbound: uh-huh']);
  });

  it('in a call, a blank answer of the model is silence', async () => {
    const { speak, aloud } = await givenCalls(async () => ' \n');
    expect(await speak(someCall().turn(1, 'Hm'))).toMatchObject({ finishReason: 'no-reply' });
    expect(aloud).toEqual([]);
  });

  it('in a call, the model’s answer OK is spoken, although by SMS it means silence', async () => {
    const { speak, aloud } = await givenCalls(async () => 'OK');
    expect(await speak(someCall().turn(1, 'One moment.'))).toMatchObject({ finishReason: 'complete' });
    expect(aloud).toEqual(['OK']);
  });

  it('a speculative turn stores nothing, although its prompt contains the ledger of the request', async () => {
    const { speak, prompt, says, read } = await givenCalls();
    const call = someCall();
    const guess = (turn: Partial<VoiceTurn> = {}) => call.turn(3, 'Yes', { isSpeculative: true, ...turn });
    await expect(speak(guess())).rejects.toMatchObject({ code: 'call-unknown' });
    await speak(call.turn(1, 'Hi'));
    const before = [
      await says(),
      await read.lanes(),
      await read.count('outbox'),
      await read.count('call_turn'),
    ];
    const ledger = [someRecord(1, 'Hi', 'Certainly. What for?', 'Certainly.')];
    expect(await speak(guess({ ledger }))).toMatchObject({
      finishReason: 'complete',
      ledgerMergedThrough: 0,
    });
    expect(prompt()).toEqual(['user: Hi', 'assistant: Certainly.', 'user: Yes']);
    expect([
      await says(),
      await read.lanes(),
      await read.count('outbox'),
      await read.count('call_turn'),
    ]).toEqual(before);
  });

  it('a spoken turn whose signal aborts ends with the finish reason "cancelled"', async () => {
    const cancel = new AbortController();
    const { speak } = await givenCalls(async () => {
      cancel.abort();
      throw new Error('stopped');
    });
    expect(await speak(someCall().turn(1, 'Hi'), cancel.signal)).toMatchObject({ finishReason: 'cancelled' });
  });

  it.each([
    ['asks the model again if nothing was spoken yet', 0, ['Certainly.'], 'complete'],
    ['fails if words were already spoken', 1, ['I '], undefined],
  ])('after a retryable error of the model a spoken turn %s', async (_, wordsBefore, heard, finishReason) => {
    const orchestrator = await givenOrchestrator();
    let asked = 0;
    const model = new (class extends ScriptedModel {
      override async *reply() {
        asked += 1;
        if (asked > 1) return void (yield { kind: 'text' as const, text: 'Certainly.' });
        if (wordsBefore) yield { kind: 'text' as const, text: 'I ' };
        throw new RetryableError('503');
      }
    })(async () => '');
    const aloud: string[] = [];
    const speaking = orchestrator
      .takeSpokenTurnWith(model)
      .execute(someCall().turn(1, 'Hi'), neverCancelled, (text) => aloud.push(text));
    if (finishReason) expect(await speaking).toMatchObject({ finishReason });
    else await expect(speaking).rejects.toMatchObject({ code: 'model-failed', retryable: true });
    expect(aloud).toEqual(heard);
  });
});
