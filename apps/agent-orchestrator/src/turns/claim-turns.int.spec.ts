import type { LocalPostgres } from '@parley/local-stack';
import { rows } from '@parley/persistence';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockConversation } from '../conversations/adapters/conversation-lock.js';
import { postgresForTests } from '../testing/orchestrator.js';
import { givenDueText } from '../testing/due-text.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await postgresForTests());
});
afterAll(() => stop());

const givenText = () => givenDueText(postgres);

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

  it('is not claimed while somebody writes to it', async () => {
    const { lanes, transactions, read } = await givenText();
    const [event] = await read.events();
    await transactions.run(async (writing) => {
      await lockConversation(writing, event!.conversation);
      expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toEqual({ locked: [], busy: 1 });
    });
    expect(await transactions.run((tx) => lanes.lockDue(tx, 16))).toMatchObject({ busy: 0 });
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
