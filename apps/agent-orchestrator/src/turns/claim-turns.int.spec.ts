import { rows } from '@parley/persistence';
import { describe, expect, it } from 'vitest';
import { lockConversation } from '../conversations/adapters/conversation-lock.js';
import { givenDueText } from '../testing/due-text.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('a due turn', () => {
  it('only one of many simultaneous claims gets a due turn', async () => {
    const { claimTurns, anotherReplica } = await givenDueText();
    const other = await anotherReplica();
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? claimTurns : other.claimTurns).execute(16)),
    );
    expect(claims.flatMap(({ turns }) => turns)).toHaveLength(1);
  });

  it('a turn whose lease has ended is due again under the same id, and its start is published once', async () => {
    const { claim, read, events } = await givenDueText();
    const first = await claim();
    expect(await claim()).toBeUndefined();
    await read.expireLeases();
    const second = await claim();
    expect(second).toMatchObject({ turnId: first.turnId, attempt: 2 });
    expect(second.leaseToken).not.toBe(first.leaseToken);
    expect(await events()).toEqual(['conversation.created', 'message.received', 'turn.started']);
  });

  it('a turn that was found due is not leased if another process leased it first', async () => {
    const { claim, lanes, transactions } = await givenDueText();
    const { laneId } = await claim();
    expect(await transactions.run((tx) => lanes.lease(tx, [laneId]))).toEqual([]);
  });

  it('a renewal returns the leases that this process still holds, without those that another process took', async () => {
    const { claim, lanes, read } = await givenDueText();
    const turn = await claim();
    expect(await lanes.renew([turn])).toEqual(new Map([[turn.leaseToken, 1]]));
    await read.expireLeases();
    await claim();
    expect(await lanes.renew([turn])).toEqual(new Map());
  });

  it('a due turn is not claimed while an operator controls its lane', async () => {
    const { claim, database } = await givenDueText();
    await database.rows(`UPDATE lane SET control = 'human'`);
    expect(await claim()).toBeUndefined();
  });

  it('a due turn is not claimed while its conversation is locked', async () => {
    const { lanes, transactions, read } = await givenDueText();
    const [event] = await read.events();
    await transactions.run(async (writing) => {
      await lockConversation(writing, event!.conversation);
      expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toEqual({ locked: [], busy: 1 });
    });
    expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toMatchObject({ busy: 0 });
  });

  it('locking the conversations of due turns writes nothing, so the transaction has no id yet', async () => {
    const { lanes, transactions } = await givenDueText();
    await transactions.run(async (tx) => {
      const { locked } = await lanes.lockDue(tx, 16);
      expect(locked).toHaveLength(1);
      expect(await rows(tx, 'SELECT pg_current_xact_id_if_assigned() AS xid')).toEqual([{ xid: null }]);
    });
  });
});
