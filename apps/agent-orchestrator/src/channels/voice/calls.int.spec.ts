import { idFollowing } from '@parley/kernel';
import type { LocalPostgres } from '@parley/local-stack';
import { rows } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someCall, someRecord } from '../../testing/a-call.js';
import { givenOrchestrator, postgresForTests, someDelivery, someSms } from '../../testing/orchestrator.js';
import { ScriptedModel } from '../../testing/scripted-model.js';
import type { VoiceTurn } from '@parley/contracts';
import { RetryableError } from '@parley/resilience';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await postgresForTests());
});
afterAll(() => stop());

const never = new AbortController().signal;
const threadId = newId('thr');

/** An orchestrator whose model always says the same, and what it was asked. */
async function givenCalls(answer: () => Promise<string> = async () => 'Certainly.') {
  const orchestrator = await givenOrchestrator(postgres);
  const model = new ScriptedModel(answer);
  const spoken = orchestrator.takeSpokenTurnWith(model);
  const aloud: string[] = [];
  /** A line for each text. */
  const prompt = () =>
    model.prompts
      .at(-1)!
      .messages.filter(({ text }) => text !== '(You speak first.)')
      .flatMap(({ role, text }) => text.split('\n\n').map((each) => `${role}: ${each}`));
  return {
    ...orchestrator,
    model,
    aloud,
    prompt,
    speak: (turn: VoiceTurn, cancelled = never) =>
      spoken.execute(turn, cancelled, (text) => aloud.push(text)),
    text: (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someDelivery()),
    /** The next turn of texts, answered, if one is due. */
    answerText: async () => {
      const { turns } = await orchestrator.claimTurns.execute(16);
      return turns[0] && orchestrator.takeTurnWith(model).execute(turns[0], never);
    },
    says: async () =>
      (await orchestrator.read.messages()).map(({ kind, text, heard_text: heard }) =>
        heard === null || heard === text ? `${kind}: ${text}` : `${kind}: ${text} [heard: ${heard}]`,
      ),
    types: async () =>
      (await orchestrator.read.events()).map(({ type }) => type.replace(/^evt\.|\.v1$/g, '')),
  };
}

describe('a spoken turn', () => {
  it('says the words as they come, and tells where the conversation is', async () => {
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

  it('merges the ledger it brings before the model is asked, and reads of it what was heard', async () => {
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

  it('takes each entry of the ledger once, whichever copy comes first, and acknowledges up to a gap', async () => {
    const { speak, recordSpokenTurn, says, anotherReplica } = await givenCalls();
    const call = someCall();
    const [one, two, three] = [1, 2, 3].map((n) => someRecord(n, `said ${n}`, `answer ${n}`)) as [
      ReturnType<typeof someRecord>,
      ReturnType<typeof someRecord>,
      ReturnType<typeof someRecord>,
    ];
    const fact = someDelivery();
    await recordSpokenTurn.execute(call.fact(one), fact);
    expect((await speak(call.turn(4, 'x', { ledger: [one, three] }))).ledgerMergedThrough).toBe(1);
    const other = await anotherReplica();
    await Promise.all([
      recordSpokenTurn.execute(call.fact(one), fact),
      recordSpokenTurn.execute(call.fact(three), someDelivery()),
      other.recordSpokenTurn.execute(call.fact(two), someDelivery()),
      speak(call.turn(4, 'x', { attempt: 2, ledger: [one, two, three] })),
    ]);
    expect((await speak(call.turn(4, 'x', { attempt: 3 }))).ledgerMergedThrough).toBe(3);
    expect((await says()).toSorted()).toEqual(
      [1, 2, 3].flatMap((n) => [`inbound: said ${n}`, `spoken: answer ${n}`]).toSorted(),
    );
  });

  it('logs a backchannel, and of an echo nothing', async () => {
    const { speak, says } = await givenCalls();
    const echo = { ...someRecord(2, 'at five'), noReplyReason: 'echo' as const };
    await speak(someCall().turn(3, 'x', { ledger: [someRecord(1, 'uh-huh'), echo] }));
    expect(await says()).toEqual(['inbound: uh-huh']);
  });

  it('says nothing where the agent has nothing to say', async () => {
    const { speak, aloud } = await givenCalls(async () => ' \n');
    expect(await speak(someCall().turn(1, 'Hm'))).toMatchObject({ finishReason: 'no-reply' });
    expect(aloud).toEqual([]);
  });

  it('says OK aloud, which means no reply only by SMS', async () => {
    const { speak, aloud } = await givenCalls(async () => 'OK');
    expect(await speak(someCall().turn(1, 'One moment.'))).toMatchObject({ finishReason: 'complete' });
    expect(aloud).toEqual(['OK']);
  });

  it('that is speculative writes nothing, and reads the ledger along', async () => {
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

  it('is told to stop', async () => {
    const cancel = new AbortController();
    const { speak } = await givenCalls(async () => {
      cancel.abort();
      throw new Error('stopped');
    });
    expect(await speak(someCall().turn(1, 'Hi'), cancel.signal)).toMatchObject({ finishReason: 'cancelled' });
  });

  it.each([
    ['asks once more when nothing was said yet', 0, ['Certainly.'], 'complete'],
    ['fails when words were already heard', 1, ['I '], undefined],
  ])('%s', async (_, wordsBefore, heard, finishReason) => {
    const orchestrator = await givenOrchestrator(postgres);
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
      .execute(someCall().turn(1, 'Hi'), never, (text) => aloud.push(text));
    if (finishReason) expect(await speaking).toMatchObject({ finishReason });
    else await expect(speaking).rejects.toMatchObject({ code: 'model-failed', retryable: true });
    expect(aloud).toEqual(heard);
  });
});

describe('a call’s lane', () => {
  it('is leased once: any replica answers under its token, nobody under another', async () => {
    const { speak, anotherReplica, model, read } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    const other = (await anotherReplica()).takeSpokenTurnWith(model);
    await other.execute(call.turn(2, 'Hi again'), never, () => undefined);
    const stolen = call.turn(3, 'Mine', { laneToken: randomUUID() });
    await expect(speak(stolen)).rejects.toMatchObject({ code: 'lane-lost', retryable: false });
    await read.expireLeases();
    await expect(speak(stolen)).rejects.toMatchObject({ code: 'lane-lost' });
    expect(await speak(call.turn(3, 'Still me'))).toMatchObject({ finishReason: 'complete' });
  });

  it('is not leased once more by a sign of life that waits while the call ends', async () => {
    const { speak, transactions, database, renewCallLeases, read } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    const statements = (condition: string) =>
      database.rows(
        `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%UPDATE lane%' AND pid <> pg_backend_pid() AND ${condition}`,
      );
    await transactions.run(async (tx) => {
      await rows(tx, 'SET LOCAL idle_in_transaction_session_timeout = 0');
      await rows(tx, `UPDATE call SET state = 'ended' WHERE id = $1`, [call.callId]);
      await rows(tx, `UPDATE lane SET lease_token = NULL, lease_until = NULL WHERE kind = 'voice'`);
      renewCallLeases.execute(call);
      await expect.poll(() => statements(`wait_event_type = 'Lock'`)).toHaveLength(1);
    });
    await expect.poll(() => statements(`state = 'active'`)).toEqual([]);
    const [lane] = (await read.lanes()).filter(({ kind }) => kind === 'voice');
    expect(lane).toMatchObject({ lease_token: null, lease_until: null });
  });

  it('takes nothing of a ledger under another token', async () => {
    const { speak, says } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    const ledger = [someRecord(1, 'Hi', 'forged')];
    await expect(speak(call.turn(2, 'x', { laneToken: randomUUID(), ledger }))).rejects.toMatchObject({
      code: 'lane-lost',
    });
    expect(await says()).toEqual([]);
  });

  it('takes no turn while a person has it', async () => {
    const { speak, database, model } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hello'));
    await database.rows(`UPDATE lane SET control = 'human' WHERE kind = 'voice'`);
    await expect(speak(call.turn(2, 'Are you there?'))).rejects.toMatchObject({ code: 'lane-lost' });
    expect(model.prompts).toHaveLength(1);
  });

  it('takes no turn once the call is over', async () => {
    const { speak, recordCallState } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    await recordCallState.execute(call.state('ended'), someDelivery());
    await expect(speak(call.turn(2, 'Anybody?'))).rejects.toMatchObject({ code: 'call-over' });
  });
});

describe('[V-12] one conversation by text and by phone', () => {
  it('the call knows the texts, the texts know the call', async () => {
    const { speak, text, answerText, prompt, recordCallState, recordSpokenTurn, read } = await givenCalls();
    await text('My order is 1234.');
    expect(await answerText()).toBe('replied');
    const call = someCall();
    await speak(call.turn(1, 'What was my order?'));
    expect(prompt()).toEqual([
      'user: (by SMS) My order is 1234.',
      'assistant: Certainly.',
      'user: What was my order?',
    ]);
    await recordSpokenTurn.execute(
      call.fact(someRecord(1, 'What was my order?', 'It is 1234.', 'It is')),
      someDelivery(),
    );
    await recordCallState.execute(call.state('ended', { turnCount: 1 }), someDelivery());
    await text('And now?');
    expect(await answerText()).toBe('replied');
    expect(prompt()).toEqual([
      'user: My order is 1234.',
      'assistant: Certainly.',
      'user: (by phone) What was my order?',
      'assistant: It is',
      'user: And now?',
    ]);
    expect(await read.count('conversation')).toBe(1);
    expect(await read.count('contact')).toBe(1);
  });

  it.each([
    ['a number that nobody vouches for', { attestation: 'none' as const }],
    ['a withheld number', { contactNumber: undefined }],
  ])('but not to a caller with %s', async (_, origin) => {
    const { speak, text, answerText, prompt, recordSpokenTurn } = await givenCalls();
    await text('My order is 1234.');
    await answerText();
    const call = someCall(origin);
    await speak(call.turn(1, 'Hi'));
    await text('Another secret.');
    const turn = call.turn(2, 'What was my order?', { ledger: [someRecord(1, 'Hi', 'Hello!')] });
    await speak(turn);
    expect(prompt()).toEqual(['user: Hi', 'assistant: Hello!', 'user: What was my order?']);
    const heard = { ...someRecord(2, 'What was my order?', 'I cannot say.'), turnId: turn.turnId };
    await recordSpokenTurn.execute(call.fact(heard), someDelivery());
    expect(await answerText()).toBe('replied');
  });

  it('a call that we made knows all', async () => {
    const { speak, text, answerText, prompt } = await givenCalls();
    await text('Call me.');
    await answerText();
    await speak(someCall({ direction: 'outbound', attestation: 'none' }).turn(1, 'Hello?'));
    expect(prompt()[0]).toBe('user: (by SMS) Call me.');
  });
});

describe('[V-12] a text during a call', () => {
  async function givenTextInCall() {
    const given = await givenCalls();
    const call = someCall();
    await given.speak(call.turn(1, 'Hi'));
    await given.text('I am at gate 7.');
    return { ...given, call };
  }

  it('waits for the next spoken turn, which answers it once it was heard', async () => {
    const { call, speak, answerText, prompt, recordSpokenTurn, recordCallState, read } =
      await givenTextInCall();
    expect(await answerText()).toBeUndefined();
    const turn = call.turn(2, 'Did you get it?', { ledger: [someRecord(1, 'Hi', 'Hello!')] });
    await speak(turn);
    expect(prompt()).toEqual([
      'user: Hi',
      'assistant: Hello!',
      'user: (by SMS) I am at gate 7.',
      'user: Did you get it?',
    ]);
    const heard = { ...someRecord(2, 'Did you get it?', 'Yes, gate 7.'), turnId: turn.turnId };
    await recordSpokenTurn.execute(call.fact(heard), someDelivery());
    expect((await read.lanes()).find(({ kind }) => kind === 'text')).toMatchObject({
      answered_seq: 1,
      turn_due_at: null,
    });
    await recordCallState.execute(call.state('ended', { turnCount: 2 }), someDelivery());
    expect(await answerText()).toBeUndefined();
  });

  it('is answered by SMS after the call when what was said about it was never heard', async () => {
    const { call, speak, answerText, prompt, recordCallState } = await givenTextInCall();
    await speak(call.turn(2, 'Did you', { ledger: [someRecord(1, 'Hi', 'Hello!')] }));
    await speak(call.turn(3, 'get it?', { ledger: [someRecord(2, 'Did you', 'Yes, gate 7.', '')] }));
    expect(prompt().at(-1)).toBe('user: get it?');
    expect(prompt()).toContain('user: (by SMS) I am at gate 7.');
    await recordCallState.execute(call.state('ended'), someDelivery());
    expect(await answerText()).toBe('replied');
    expect(prompt().at(-1)).toBe('user: I am at gate 7.');
  });

  it('waits until the last turn of the call is in the log, in whatever order that is learned', async () => {
    const { call, answerText, recordCallState, recordSpokenTurn } = await givenTextInCall();
    await recordCallState.execute(call.state('ended', { turnCount: 1 }), someDelivery());
    expect(await answerText()).toBeUndefined();
    await recordSpokenTurn.execute(call.fact(someRecord(1, 'Hi', 'Hello!')), someDelivery());
    expect(await answerText()).toBe('replied');
  });

  it('is answered by SMS when the call has not been heard of for a minute', async () => {
    const { call, answerText, database, renewCallLeases, read } = await givenTextInCall();
    const silentFor = (ms: number) =>
      database.rows(
        `UPDATE lane SET lease_until = clock_timestamp() - $1 * interval '1 ms' WHERE kind = 'voice'`,
        [ms],
      );
    await silentFor(100);
    expect(await answerText()).toBeUndefined();
    await silentFor(3_600_000);
    const dead = await read.lanes();
    renewCallLeases.execute(call);
    await expect.poll(read.lanes).not.toEqual(dead);
    expect(await answerText()).toBeUndefined();
    await silentFor(3_600_000);
    expect(await answerText()).toBe('replied');
  });

  it('drops the answer by SMS that was under way when the call answered it', async () => {
    const { speak, text, claimTurns, takeTurnWith, recordSpokenTurn, model, says, types } =
      await givenCalls();
    await text('I am at gate 7.');
    const { turns } = await claimTurns.execute(16);
    const call = someCall();
    const turn = call.turn(1, 'I texted you');
    await speak(turn);
    const heard = { ...someRecord(1, 'I texted you', 'Gate 7, yes.'), turnId: turn.turnId };
    await recordSpokenTurn.execute(call.fact(heard), someDelivery());
    expect(await takeTurnWith(model).execute(turns[0]!, never)).toBe('lease-lost');
    expect(await says()).toEqual([
      'inbound: I am at gate 7.',
      'inbound: I texted you',
      'spoken: Gate 7, yes.',
    ]);
    expect((await types()).filter((type) => type.startsWith('turn.'))).toEqual([
      'turn.started',
      'turn.completed',
    ]);
  });

  it('stays in the prompt however much was said since', async () => {
    const { call, speak, recordCallState, answerText, prompt } = await givenTextInCall();
    for (let batch = 0; batch < 5; batch++) {
      const ledger = Array.from({ length: 10 }, (_, i) =>
        someRecord(batch * 10 + i + 1, 'And?', 'Well,', ''),
      );
      await speak(call.turn(99, 'Hm', { ledger }));
      expect(prompt()).toContain('user: (by SMS) I am at gate 7.');
    }
    await recordCallState.execute(call.state('ended'), someDelivery());
    expect(await answerText()).toBe('replied');
    expect(prompt().at(-1)).toBe('user: I am at gate 7.');
  });
});

describe('what is told of a call', () => {
  it('comes once, in order, with the places of the conversation’s events', async () => {
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

  it('ended by a vendor’s outage sends one text, however often its end is reported', async () => {
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

  it('opens it once, whoever hears of it first, with one contact for one number', async () => {
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
