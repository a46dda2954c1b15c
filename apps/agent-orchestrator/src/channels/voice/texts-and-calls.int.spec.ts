import { describe, expect, it } from 'vitest';
import { someCall, someRecord } from '../../testing/a-call.js';
import { neverCancelled, someReceipt } from '../../testing/orchestrator.js';
import { givenCalls } from '../../testing/given-calls.js';
import { withPostgres } from '../../testing/servers.js';

withPostgres();

describe('[V-12] one conversation by text and by phone', () => {
  it('the prompt of a spoken turn contains the contact’s texts, and a text turn’s prompt contains the words heard in the call', async () => {
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
      someReceipt(),
    );
    await recordCallState.execute(call.state('ended', { turnCount: 1 }), someReceipt());
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
    ['a number that is not attested', { attestation: 'none' as const }],
    ['a withheld number', { contactNumber: undefined }],
  ])('the prompt of a spoken turn contains no texts if the caller has %s', async (_, origin) => {
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
    await recordSpokenTurn.execute(call.fact(heard), someReceipt());
    expect(await answerText()).toBe('replied');
  });

  it('the prompt of a spoken turn in an outbound call contains the contact’s texts', async () => {
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

  it('a text during a call counts as answered when the caller has heard the reply of the next spoken turn', async () => {
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
    await recordSpokenTurn.execute(call.fact(heard), someReceipt());
    expect((await read.lanes()).find(({ kind }) => kind === 'text')).toMatchObject({
      answered_seq: 1,
      turn_due_at: null,
    });
    await recordCallState.execute(call.state('ended', { turnCount: 2 }), someReceipt());
    expect(await answerText()).toBeUndefined();
  });

  it('a text during a call is answered by SMS after the call if the spoken answer was not heard', async () => {
    const { call, speak, answerText, prompt, recordCallState } = await givenTextInCall();
    await speak(call.turn(2, 'Did you', { ledger: [someRecord(1, 'Hi', 'Hello!')] }));
    await speak(call.turn(3, 'get it?', { ledger: [someRecord(2, 'Did you', 'Yes, gate 7.', '')] }));
    expect(prompt().at(-1)).toBe('user: get it?');
    expect(prompt()).toContain('user: (by SMS) I am at gate 7.');
    await recordCallState.execute(call.state('ended'), someReceipt());
    expect(await answerText()).toBe('replied');
    expect(prompt().at(-1)).toBe('user: I am at gate 7.');
  });

  it('a text during a call waits until the log has the call’s last turn, even if the call’s end arrives before that', async () => {
    const { call, answerText, recordCallState, recordSpokenTurn } = await givenTextInCall();
    await recordCallState.execute(call.state('ended', { turnCount: 1 }), someReceipt());
    expect(await answerText()).toBeUndefined();
    await recordSpokenTurn.execute(call.fact(someRecord(1, 'Hi', 'Hello!')), someReceipt());
    expect(await answerText()).toBe('replied');
  });

  it('a text during a call is answered by SMS when the lease of the call’s lane was not renewed for too long', async () => {
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

  it('a text turn’s reply is dropped if the call has answered the text meanwhile', async () => {
    const { speak, text, claimTurns, takeTurnWith, recordSpokenTurn, model, says, types } =
      await givenCalls();
    await text('I am at gate 7.');
    const { turns } = await claimTurns.execute(16);
    const call = someCall();
    const turn = call.turn(1, 'I texted you');
    await speak(turn);
    const heard = { ...someRecord(1, 'I texted you', 'Gate 7, yes.'), turnId: turn.turnId };
    await recordSpokenTurn.execute(call.fact(heard), someReceipt());
    expect(await takeTurnWith(model).execute(turns[0]!, neverCancelled)).toBe('lease-lost');
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

  it('an unanswered text stays in the prompts of a call, however long the call’s log becomes', async () => {
    const { call, speak, recordCallState, answerText, prompt } = await givenTextInCall();
    for (let batch = 0; batch < 5; batch++) {
      const ledger = Array.from({ length: 10 }, (_, i) =>
        someRecord(batch * 10 + i + 1, 'And?', 'Well,', ''),
      );
      await speak(call.turn(99, 'Hm', { ledger }));
      expect(prompt()).toContain('user: (by SMS) I am at gate 7.');
    }
    await recordCallState.execute(call.state('ended'), someReceipt());
    expect(await answerText()).toBe('replied');
    expect(prompt().at(-1)).toBe('user: I am at gate 7.');
  });
});
