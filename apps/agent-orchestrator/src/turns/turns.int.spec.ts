import { neutralTexts, setTextsIn } from '@parley/contracts';
import type { LocalPostgres } from '@parley/local-stack';
import { rows } from '@parley/persistence';
import { RetryableError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockConversation } from '../conversations/adapters/conversation-lock.js';
import {
  givenOrchestrator,
  postgresForTests,
  someAgent,
  someDelivery,
  someSms,
} from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import type { Claim } from './lanes.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await postgresForTests());
});
afterAll(() => stop());

const never = new AbortController().signal;
const threadId = newId('thr');

/** A person texted; the turn is due. */
async function givenText() {
  const orchestrator = await givenOrchestrator(postgres);
  const text = (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someDelivery());
  const claim = async (): Promise<Claim> => {
    const { turns } = await orchestrator.claimTurns.execute(16);
    return turns[0]!;
  };
  const say = async (turn: Claim, words: string) =>
    orchestrator.endTurn.execute(turn, await orchestrator.lanes.contextOf(turn, 10), {
      kind: 'answer',
      text: words,
    });
  const kinds = async () => (await orchestrator.read.messages()).map(({ kind }) => kind);
  const events = async () =>
    (await orchestrator.read.events()).map(({ type }) => type.replace(/^evt\.|\.v1$/g, ''));
  await text('Hello');
  return { ...orchestrator, text, claim, say, kinds, events };
}

describe('a due turn', () => {
  it('is leased to one of many who claim it at the same time', async () => {
    const { claimTurns, anotherReplica } = await givenText();
    const other = await anotherReplica();
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? claimTurns : other.claimTurns).execute(16)),
    );
    expect(claims.flatMap(({ turns }) => turns)).toHaveLength(1);
  });

  it('is due again when its lease has run out, as the same turn, and is said to have started once', async () => {
    const { claim, read, events } = await givenText();
    const first = await claim();
    expect(await claim()).toBeUndefined();
    await read.expireLeases();
    const second = await claim();
    expect(second).toMatchObject({ turnId: first.turnId, attempt: 2 });
    expect(second.leaseToken).not.toBe(first.leaseToken);
    expect(await events()).toEqual(['conversation.created', 'message.received', 'turn.started']);
  });

  it('is not leased by one who found it due before somebody else leased it', async () => {
    const { claim, lanes, transactions } = await givenText();
    const { laneId } = await claim();
    expect(await transactions.run((tx) => lanes.lease(tx, [laneId]))).toEqual([]);
  });

  it('keeps its lease while it is renewed, and learns when it has lost it', async () => {
    const { claim, lanes, read } = await givenText();
    const turn = await claim();
    expect(await lanes.renew([turn])).toEqual(new Map([[turn.leaseToken, 1]]));
    await read.expireLeases();
    await claim();
    expect(await lanes.renew([turn])).toEqual(new Map());
  });

  it('is not taken while a person has control', async () => {
    const { claim, database } = await givenText();
    await database.rows(`UPDATE lane SET control = 'human'`);
    expect(await claim()).toBeUndefined();
  });
});

describe('the end of a turn', () => {
  it('commits reply, command and events together, and nothing is due any more', async () => {
    const { claim, say, read } = await givenText();
    const turn = await claim();
    expect(await say(turn, 'Hi!')).toBe('replied');
    expect(await read.messages()).toMatchObject([
      { seq: 1, kind: 'inbound', status: 'received' },
      { seq: 2, kind: 'answer', status: 'queued', text: 'Hi!', turn_id: turn.turnId },
    ]);
    const [, answer] = await read.messages();
    expect(await read.sends()).toEqual([{ subject: `cmd.sms.send.v1.${threadId}` }]);
    expect((await read.events()).slice(2)).toMatchObject([
      { sequence: 3, type: 'evt.turn.started.v1', data: { turnId: turn.turnId } },
      { sequence: 4, type: 'evt.message.queued.v1', data: { messageId: answer!.id, seq: 2, text: 'Hi!' } },
      { sequence: 5, type: 'evt.turn.completed.v1', data: { outcome: 'replied', messageId: answer!.id } },
    ]);
    expect(await read.lanes()).toMatchObject([
      { answered_seq: 1, turn_due_at: null, turn_attempts: 0, turn_id: null, lease_token: null },
    ]);
  });

  it('changes nothing for one whose lease was taken over', async () => {
    const { claim, say, kinds, read } = await givenText();
    const frozen = await claim();
    await read.expireLeases();
    const taken = await claim();
    expect(await say(frozen, 'too late')).toBe('lease-lost');
    expect(await say(taken, 'in time')).toBe('replied');
    expect(await say(frozen, 'too late')).toBe('lease-lost');
    expect(await kinds()).toEqual(['inbound', 'answer']);
    expect(await read.sends()).toHaveLength(1);
  });

  it('drops the draft when something newer came in, and the turn is due again', async () => {
    const { claim, say, text, kinds, read } = await givenText();
    const turn = await claim();
    await text('One more thing');
    expect(await say(turn, 'outdated')).toBe('superseded');
    expect(await kinds()).toEqual(['inbound', 'inbound']);
    const again = await claim();
    expect(again).toMatchObject({ turnId: turn.turnId, readSeq: 2, attempt: 1 });
    expect(await say(again, 'to both')).toBe('replied');
    expect(await read.lanes()).toMatchObject([{ answered_seq: 2 }]);
  });

  it.each([
    ['after two drafts were dropped', { reruns: 2, ageMs: 5_000 }],
    ['after 20 s', { reruns: 0, ageMs: 20_000 }],
  ])('[S-13] stands against something newer %s, which is the next turn', async (_, { reruns, ageMs }) => {
    const { claim, say, text, kinds, read, events } = await givenText();
    const turn = await claim();
    await text('One more thing');
    const burst = { ...turn.burst, firstAtMs: performance.now() - ageMs, reruns };
    expect(await say({ ...turn, burst }, 'At last')).toBe('replied');
    expect(await kinds()).toEqual(['inbound', 'inbound', 'answer']);
    expect(await read.lanes()).toMatchObject([{ answered_seq: 1, turn_id: null, turn_reruns: 0 }]);
    const next = await claim();
    expect(next).toMatchObject({ readSeq: 2, attempt: 1, burst: { reruns: 0 } });
    expect(next.turnId).not.toBe(turn.turnId);
    expect(await say(next, 'And to that')).toBe('replied');
    expect(await claim()).toBeUndefined();
    expect((await events()).filter((type) => type.startsWith('turn.'))).toEqual([
      'turn.started',
      'turn.completed',
      'turn.started',
      'turn.completed',
    ]);
  });

  it('[S-13] that overtook a newer text shows its reply to the turn of that text', async () => {
    const { claim, say, text, lanes, database } = await givenText();
    await database.rows(`UPDATE lane SET turn_due_at = turn_due_at - interval '1 hour', turn_reruns = 9`);
    const turn = await claim();
    await text('One more');
    expect(await say(turn, 'Hi!')).toBe('replied');
    const { log } = await lanes.contextOf(await claim(), 10);
    expect(log.map((message) => [message.text, message.isUnanswered])).toEqual([
      ['Hello', false],
      ['One more', true],
      ['Hi!', false],
    ]);
  });

  it('[S-13] yields however often within the burst, and counts it', async () => {
    const { claim, say, text, endTurn, read, events } = await givenText();
    for (let reruns = 0; reruns < 4; reruns++) {
      const turn = await claim();
      expect(turn).toMatchObject({ attempt: 1, channel: 'sms', burst: { reruns } });
      await text('One more thing');
      if (reruns % 2) expect(await say(turn, 'outdated')).toBe('superseded');
      else expect(await endTurn.giveBack(turn, { isRerun: true })).toBe(true);
    }
    await endTurn.giveBack(await claim(), { isRerun: false });
    const last = await claim();
    expect(last).toMatchObject({ burst: { reruns: 4 } });
    expect(await say(last, 'to all of it')).toBe('replied');
    expect((await events()).filter((type) => type.startsWith('turn.'))).toEqual([
      'turn.started',
      'turn.completed',
    ]);
    expect(await read.lanes()).toMatchObject([{ answered_seq: 5, turn_due_at: null, turn_reruns: 0 }]);
  });

  it('[S-13] knows the first and the newest text of its burst', async () => {
    const { claim, text, database } = await givenText();
    await text('and this');
    await database.rows(`UPDATE lane SET turn_due_at = turn_due_at - interval '30 s'`);
    await database.rows(`UPDATE message SET created_at = created_at - interval '10 s'`);
    const { burst } = await claim();
    expect(performance.now() - burst.firstAtMs).toBeGreaterThanOrEqual(30_000);
    expect(performance.now() - burst.firstAtMs).toBeLessThan(35_000);
    expect(performance.now() - burst.newestAtMs).toBeGreaterThanOrEqual(10_000);
    expect(performance.now() - burst.newestAtMs).toBeLessThan(15_000);
  });

  it.each([
    ['its lease was taken over', `UPDATE lane SET lease_token = gen_random_uuid()`, 'lease-lost'],
    ['a person took over', `UPDATE lane SET control = 'human'`, 'superseded'],
  ])('stands against nothing else: %s', async (_, sql, outcome) => {
    const { claim, say, kinds, database } = await givenText();
    const turn = await claim();
    await database.rows(sql);
    const burst = { ...turn.burst, firstAtMs: performance.now() - 60_000, reruns: 9 };
    expect(await say({ ...turn, burst }, 'too late')).toBe(outcome);
    expect(await kinds()).toEqual(['inbound']);
  });

  it('drops the draft when a person took over', async () => {
    const { claim, say, kinds, database } = await givenText();
    const turn = await claim();
    await database.rows(`UPDATE lane SET control = 'human'`);
    expect(await say(turn, 'not mine to say')).toBe('superseded');
    expect(await kinds()).toEqual(['inbound']);
  });

  it('cannot answer the same messages twice, even if the lane were set back', async () => {
    const { claim, say, kinds, database } = await givenText();
    await say(await claim(), 'once');
    await database.rows('UPDATE lane SET turn_due_at = clock_timestamp()');
    await expect(say(await claim(), 'twice')).rejects.toThrow('message_one_answer');
    expect(await kinds()).toEqual(['inbound', 'answer']);
  });

  it('gives a lease back without counting the attempt', async () => {
    const { claim, endTurn } = await givenText();
    const turn = await claim();
    expect(await endTurn.giveBack(turn, { isRerun: false })).toBe(true);
    expect(await endTurn.giveBack(turn, { isRerun: false })).toBe(false);
    expect(await claim()).toMatchObject({ turnId: turn.turnId, attempt: 1 });
  });
});

describe('taking a turn', () => {
  it('asks with the agent’s prompt, the channel and the log, and says the trimmed answer', async () => {
    const { claim, takeTurnWith, read } = await givenText();
    const model = new ScriptedModel(async () => '  Hi there!\n');
    expect(await takeTurnWith(model).execute(await claim(), never)).toBe('replied');
    expect(model.prompts).toMatchObject([
      { channel: { name: 'sms' }, messages: [{ role: 'user', text: 'Hello' }] },
    ]);
    expect(model.prompts[0]!.system).toMatch(/^You are kind\.\n\n.*SMS/);
    expect(await read.messages()).toMatchObject([{}, { text: 'Hi there!' }]);
  });

  it.each(['', '  ', 'OK'])('[S-20] takes %j for the decision not to reply', async (answer) => {
    const { claim, takeTurnWith, kinds, read } = await givenText();
    expect(await takeTurnWith(new ScriptedModel(async () => answer)).execute(await claim(), never)).toBe(
      'no-reply',
    );
    expect(await kinds()).toEqual(['inbound']);
    expect((await read.events()).at(-1)).toMatchObject({ data: { outcome: 'no-reply' } });
    expect(await claim()).toBeUndefined();
  });

  it('[S-20] apologises in the words of the agent', async () => {
    const { claim, takeTurnWith, read, seedAgents } = await givenText();
    await seedAgents([someAgent({ texts: neutralTexts(['de-AT', 'en']) })]);
    const failing = new ScriptedModel(async () => {
      throw new Error('no credit');
    });
    expect(await takeTurnWith(failing).execute(await claim(), never)).toBe('apologised');
    expect((await read.messages()).at(-1)!.text).toBe(setTextsIn('de').textApology);
  });

  it('[S-20] apologises for a failure, once per window', async () => {
    const { claim, text, takeTurnWith, read, events } = await givenText();
    const broken = takeTurnWith(
      new ScriptedModel(async () => {
        throw new Error('no credit');
      }),
    );
    expect(await broken.execute(await claim(), never)).toBe('apologised');
    await text('Hello?');
    expect(await broken.execute(await claim(), never)).toBe('failed');
    expect((await read.messages()).map((message) => message.text)).toEqual([
      'Hello',
      setTextsIn('en').textApology,
      'Hello?',
    ]);
    expect((await events()).slice(2)).toEqual([
      'turn.started',
      'message.queued',
      'turn.failed',
      'message.received',
      'turn.started',
      'turn.failed',
    ]);
    expect(await read.sends()).toHaveLength(1);
  });

  it('[S-20] apologises again when the window is over', async () => {
    const { claim, text, takeTurnWith, read, database } = await givenText();
    const broken = takeTurnWith(new ScriptedModel(() => Promise.reject(new Error('no credit'))));
    expect(await broken.execute(await claim(), never)).toBe('apologised');
    const passes = (interval: string) =>
      database.rows(
        `UPDATE message SET created_at = created_at - interval '${interval}' WHERE kind = 'apology'`,
      );
    await passes('9 min 50 s');
    await text('Hello?');
    expect(await broken.execute(await claim(), never)).toBe('failed');
    await passes('10 s');
    await text('Anybody?');
    expect(await broken.execute(await claim(), never)).toBe('apologised');
    expect(await read.sends()).toHaveLength(2);
  });

  it('asks once more after an error that may pass', async () => {
    const { claim, takeTurnWith } = await givenText();
    let calls = 0;
    const model = new ScriptedModel(async () => {
      calls += 1;
      if (calls === 1) throw new RetryableError('503');
      return 'Here I am';
    });
    expect(await takeTurnWith(model).execute(await claim(), never)).toBe('replied');
    expect(calls).toBe(2);
  });

  it('ends nothing when it is cancelled', async () => {
    const { claim, takeTurnWith, kinds } = await givenText();
    const cancel = new AbortController();
    const model = new ScriptedModel((_, signal) => {
      cancel.abort();
      return Promise.reject(signal.reason);
    });
    expect(await takeTurnWith(model).execute(await claim(), cancel.signal)).toBeUndefined();
    expect(await kinds()).toEqual(['inbound']);
  });

  it('[S-20] apologises without asking the model after three leases ran out', async () => {
    const { claim, takeTurnWith, read } = await givenText();
    for (let lease = 1; lease <= 3; lease++) {
      expect(await claim()).toMatchObject({ attempt: lease });
      await read.expireLeases();
    }
    const model = new ScriptedModel(async () => 'never asked');
    expect(await takeTurnWith(model).execute(await claim(), never)).toBe('apologised');
    expect(model.prompts).toEqual([]);
    expect((await read.events()).at(-1)).toMatchObject({ data: { reason: 'abandoned' } });
  });

  it('numbers the events of turns and texts of one conversation without gaps', async () => {
    const { text, claimTurns, takeTurnWith, read } = await givenText();
    const takeTurn = takeTurnWith(new ScriptedModel(async () => 'Yes'));
    const takeAll = async () => {
      const { turns } = await claimTurns.execute(16);
      await Promise.all(turns.map((turn) => takeTurn.execute(turn, never)));
    };
    await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? takeAll() : text(`text ${i}`))));
    await takeAll();
    const events = await read.events();
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    const xids = events.map(({ xid }) => Number(xid));
    expect(xids).toEqual(xids.toSorted((a, b) => a - b));
    const messages = await read.messages();
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
  });

  it('is not claimed while somebody writes to it', async () => {
    const { lanes, transactions, read } = await givenText();
    const [event] = await read.events();
    await transactions.run(async (writing) => {
      await lockConversation(writing, event!.conversation);
      expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toEqual({ locked: [], busy: 1 });
    });
    expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toMatchObject({ busy: 0 });
  });

  it('gets reply, command and events in one transaction', async () => {
    const { claim, say, database } = await givenText();
    await say(await claim(), 'Hi!');
    const written = await database.rows<{ xid: string; what: string }>(
      `SELECT xmin::text AS xid, kind AS what FROM message WHERE kind = 'answer'
       UNION ALL SELECT xmin::text, 'lane' FROM lane
       UNION ALL SELECT xmin::text, headers->>'ce-type' FROM outbox
        WHERE headers->>'ce-type' IN ('cmd.sms.send.v1', 'evt.message.queued.v1', 'evt.turn.completed.v1')`,
    );
    expect(written.map(({ what }) => what).toSorted()).toEqual([
      'answer',
      'cmd.sms.send.v1',
      'evt.message.queued.v1',
      'evt.turn.completed.v1',
      'lane',
    ]);
    expect(new Set(written.map(({ xid }) => xid)).size).toBe(1);
  });

  it('numbers the transaction after the lock when it claims', async () => {
    const { lanes, transactions } = await givenText();
    await transactions.run(async (tx) => {
      const { locked } = await lanes.lockDue(tx, 16);
      expect(locked).toHaveLength(1);
      expect(await rows(tx, 'SELECT pg_current_xact_id_if_assigned() AS xid')).toEqual([{ xid: null }]);
    });
  });
});
