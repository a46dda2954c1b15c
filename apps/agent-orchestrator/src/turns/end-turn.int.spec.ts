import { describe, expect, it } from 'vitest';
import { threadId } from '../testing/orchestrator.js';
import { givenDueText } from '../testing/due-text.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('the end of a turn', () => {
  it('a turn’s end stores its reply, its send command and its events, and no turn is due afterwards', async () => {
    const { claim, say, read } = await givenDueText();
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

  it('a turn whose lease was taken over cannot end', async () => {
    const { claim, say, kinds, read } = await givenDueText();
    const frozen = await claim();
    await read.expireLeases();
    const taken = await claim();
    expect(await say(frozen, 'too late')).toBe('lease-lost');
    expect(await say(taken, 'in time')).toBe('replied');
    expect(await say(frozen, 'too late')).toBe('lease-lost');
    expect(await kinds()).toEqual(['inbound', 'answer']);
    expect(await read.sends()).toHaveLength(1);
  });

  it('a newer text supersedes a turn’s draft, and the same turn is due again', async () => {
    const { claim, say, text, kinds, read } = await givenDueText();
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
    ['after two reruns', { reruns: 2, ageMs: 5_000 }],
    ['20 s after the first text', { reruns: 0, ageMs: 20_000 }],
  ])(
    '[S-13] %s, a newer text no longer supersedes the turn and gets a turn of its own',
    async (_, { reruns, ageMs }) => {
      const { claim, say, text, kinds, read, events } = await givenDueText();
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
    },
  );

  it('[S-13] the turn of a newer text reads the reply that was sent after that text', async () => {
    const { claim, say, text, lanes, database } = await givenDueText();
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

  it('[S-13] a turn counts how often newer texts of its burst have superseded it', async () => {
    const { claim, say, text, endTurn, read, events } = await givenDueText();
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

  it('[S-13] a claimed turn knows the times of the first and the newest text of its burst', async () => {
    const { claim, text, database } = await givenDueText();
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
    ['an operator took over', `UPDATE lane SET control = 'human'`, 'superseded'],
  ])('the reply of a turn that texts can no longer supersede is dropped if %s', async (_, sql, outcome) => {
    const { claim, say, kinds, database } = await givenDueText();
    const turn = await claim();
    await database.rows(sql);
    const burst = { ...turn.burst, firstAtMs: performance.now() - 60_000, reruns: 9 };
    expect(await say({ ...turn, burst }, 'too late')).toBe(outcome);
    expect(await kinds()).toEqual(['inbound']);
  });

  it('the reply of a turn is dropped if an operator took over meanwhile', async () => {
    const { claim, say, kinds, database } = await givenDueText();
    const turn = await claim();
    await database.rows(`UPDATE lane SET control = 'human'`);
    expect(await say(turn, 'not mine to say')).toBe('superseded');
    expect(await kinds()).toEqual(['inbound']);
  });

  it('the database refuses a second reply to the same text', async () => {
    const { claim, say, kinds, database } = await givenDueText();
    await say(await claim(), 'once');
    await database.rows('UPDATE lane SET turn_due_at = clock_timestamp()');
    await expect(say(await claim(), 'twice')).rejects.toThrow('message_one_answer');
    expect(await kinds()).toEqual(['inbound', 'answer']);
  });

  it('a turn that is given back does not count as an attempt', async () => {
    const { claim, endTurn } = await givenDueText();
    const turn = await claim();
    expect(await endTurn.giveBack(turn, { isRerun: false })).toBe(true);
    expect(await endTurn.giveBack(turn, { isRerun: false })).toBe(false);
    expect(await claim()).toMatchObject({ turnId: turn.turnId, attempt: 1 });
  });

  it('one transaction stores the reply, the send command and the events of a turn', async () => {
    const { claim, say, database } = await givenDueText();
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
});
