import { rows } from '@parley/persistence';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { someCall, someRecord } from '../../../testing/a-call.js';
import { neverCancelled, someReceipt } from '../../../testing/orchestrator.js';
import { givenCalls } from '../../../testing/given-calls.js';
import { withPostgres } from '../../../testing/servers.js';

withPostgres();

describe('a call’s lane', () => {
  it('every replica answers a call under the token that first leased its lane, and refuses any other token', async () => {
    const { speak, anotherReplica, model, read } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    const other = (await anotherReplica()).takeSpokenTurnWith(model);
    await other.execute(call.turn(2, 'Hi again'), neverCancelled, () => undefined);
    const stolen = call.turn(3, 'Mine', { laneToken: randomUUID() });
    await expect(speak(stolen)).rejects.toMatchObject({ code: 'lane-lost', retryable: false });
    await read.expireLeases();
    await expect(speak(stolen)).rejects.toMatchObject({ code: 'lane-lost' });
    expect(await speak(call.turn(3, 'Still me'))).toMatchObject({ finishReason: 'complete' });
  });

  it('a lease renewal that waits while the call ends does not lease the call’s lane again', async () => {
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

  it('the ledger of a request with another lane token is not added to the log', async () => {
    const { speak, says } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    const ledger = [someRecord(1, 'Hi', 'forged')];
    await expect(speak(call.turn(2, 'x', { laneToken: randomUUID(), ledger }))).rejects.toMatchObject({
      code: 'lane-lost',
    });
    expect(await says()).toEqual([]);
  });

  it('a spoken turn is refused while an operator controls the call’s lane', async () => {
    const { speak, database, model } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hello'));
    await database.rows(`UPDATE lane SET control = 'human' WHERE kind = 'voice'`);
    await expect(speak(call.turn(2, 'Are you there?'))).rejects.toMatchObject({ code: 'lane-lost' });
    expect(model.prompts).toHaveLength(1);
  });

  it('a spoken turn is refused after its call has ended', async () => {
    const { speak, recordCallState } = await givenCalls();
    const call = someCall();
    await speak(call.turn(1, 'Hi'));
    await recordCallState.execute(call.state('ended'), someReceipt());
    await expect(speak(call.turn(2, 'Anybody?'))).rejects.toMatchObject({ code: 'call-over' });
  });
});
