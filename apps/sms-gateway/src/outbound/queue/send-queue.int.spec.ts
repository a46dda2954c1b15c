import type { ThreadId } from '@parley/kernel';
import { Database, DuePoll, rows, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recoveryTimes } from '../../recovery-times.js';
import { RunningGateway } from '../../testing/running-gateway.js';
import { ApplyDelivery } from '../delivery/apply-delivery.js';
import { AttemptStore } from '../delivery/attempt-store.js';
import { FollowUpStore } from '../follow-up/follow-up-store.js';
import { SweepSends } from '../follow-up/sweep-sends.js';
import type { ClaimedSend } from '../send.js';
import { RecordSendOutcome } from '../sending/record-send-outcome.js';
import { SendDueSms } from '../sending/send-due-sms.js';
import { SendQueue } from './send-queue.js';
import { someMessage } from '../../testing/some-message.js';

let gateway: RunningGateway;
let sends: SendQueue;
let followUps: FollowUpStore;

beforeAll(async () => {
  // The sweep makes sends unknown 1.5 s after their deadline.
  gateway = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.05' });
  await gateway.stopLoop(SendDueSms);
  sends = gateway.get(SendQueue);
  followUps = gateway.get(FollowUpStore);
});
afterAll(async () => gateway.stop());

const DEADLINE_MS = 60_000;
const record = (send: ClaimedSend, outcome: Parameters<RecordSendOutcome['execute']>[1]) =>
  gateway.get(RecordSendOutcome).execute(send, outcome);
const accept = (send: ClaimedSend, providerSid: string = newId('req')) =>
  record(send, { kind: 'accepted', providerSid, providerStatus: 'queued' });
const postpone = (send: ClaimedSend, delayMs: number) => record(send, { kind: 'retry', delayMs });
const claim = (limit = 10, deadlineMs = DEADLINE_MS) => sends.claimDue(limit, deadlineMs);

async function threadWith(...texts: string[]): Promise<ThreadId> {
  const { threadId } = await gateway.someThread();
  for (const text of texts) await queue(threadId, text);
  return threadId;
}

const statusOf = async (id: string) =>
  (await gateway.query<{ status: string }>('SELECT status FROM send WHERE id = $1', [id]))[0]!.status;

async function queue(threadId: ThreadId, text: string): Promise<void> {
  await gateway.inTransaction((tx) => sends.queue(tx, someMessage(threadId, text)));
}

describe('claiming', () => {
  it('concurrent claims take the first unfinished send of each thread once, and no later send', async () => {
    const threads = await Promise.all(
      Array.from({ length: 8 }, (_, index) => threadWith(`${index} first`, `${index} second`)),
    );
    for (const round of ['first', 'second']) {
      const claims = (await Promise.all(Array.from({ length: 6 }, () => claim(3)))).flat();
      // Claims skip rows that another claim holds locked at the moment.
      while (claims.length < threads.length) {
        const more = await claim();
        expect(more.length).toBeGreaterThan(0);
        claims.push(...more);
      }
      expect(claims.map(({ text }) => text).toSorted()).toEqual(
        threads.map((_, index) => `${index} ${round}`),
      );
      expect(claims.every(({ hasSuccessor }) => hasSuccessor === (round === 'first'))).toBe(true);
      await Promise.all(claims.map((send) => accept(send)));
    }
    expect(await claim()).toEqual([]);
  });

  it('no send of a thread is claimed while the thread’s first send is under way or postponed', async () => {
    await threadWith('first', 'second');
    const [first] = await claim();
    expect(await claim()).toEqual([]);
    await postpone(first!, 60_000);
    expect(await claim()).toEqual([]);
  });

  it('a claim skips a send that another transaction has locked, and takes the others', async () => {
    const [held] = [await threadWith('held'), await threadWith('free')];
    await gateway.inTransaction(async (tx) => {
      await rows(tx, 'SELECT 1 FROM send WHERE thread_id = $1 FOR UPDATE', [held]);
      expect(await claim()).toMatchObject([{ text: 'free' }]);
    });
    expect(await claim()).toMatchObject([{ text: 'held' }]);
  });

  it('a claim takes the next send of a thread if the outcome of the first is unknown', async () => {
    await threadWith('unknown', 'next');
    const [first] = await claim();
    await record(first!, { kind: 'unknown', detail: 'reset' });
    expect(await claim()).toMatchObject([{ text: 'next' }]);
  });

  it('only the newest claim of a send can store an outcome', async () => {
    await threadWith('tried twice');
    const [first] = await claim();
    await postpone(first!, 0);
    const [second] = await claim();
    expect([first!.claims, second!.claims]).toEqual([1, 2]);
    await accept(first!);
    expect(await gateway.query('SELECT status, provider_sid FROM send WHERE id = $1', [first!.id])).toEqual([
      { status: 'SENDING', provider_sid: null },
    ]);
    await accept(second!, 'SM2');
    expect(await gateway.query('SELECT status, provider_sid FROM send WHERE id = $1', [first!.id])).toEqual([
      { status: 'ACCEPTED', provider_sid: 'SM2' },
    ]);
  });
});

describe('queueing', () => {
  it.each(['a text', 'another attempt'])(
    'queueing %s waits until another transaction that queues to the same thread has committed',
    async (what) => {
      const threadId = await threadWith('first');
      const [first] = await claim();
      const again = {
        ...first!,
        status: 'UNKNOWN' as const,
        providerSid: undefined,
        claimedAtMs: 0,
        listings: 0,
      };
      let later: Promise<void> | undefined;
      await gateway.inTransaction(async (tx) => {
        await sends.queue(tx, someMessage(threadId, 'second'));
        later =
          what === 'a text'
            ? queue(threadId, 'third')
            : gateway.inTransaction((other) => gateway.get(AttemptStore).repeat(other, again, newId('snd')));
        await gateway.eventually(
          'the other to wait',
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO send%'`,
        );
        await sends.queue(tx, someMessage(threadId, 'still before it'));
      });
      await later;
      const queued = await gateway.query<{ retried: boolean }>(
        'SELECT retry_of IS NOT NULL AS retried FROM send WHERE thread_id = $1 ORDER BY position',
        [threadId],
      );
      expect(queued.map(({ retried }) => retried)).toEqual([false, false, false, what !== 'a text']);
      await record(first!, { kind: 'rejected', errorCode: '30007' });
      while ((await claim()).length > 0)
        await gateway.query(`UPDATE send SET status = 'REJECTED' WHERE status = 'SENDING'`);
    },
  );

  it('a send is repeated once, even if its repetition is requested three times', async () => {
    const threadId = await threadWith('once more');
    const [send] = await claim();
    const again = {
      ...send!,
      status: 'UNKNOWN' as const,
      providerSid: undefined,
      claimedAtMs: 0,
      listings: 0,
    };
    for (const _ of [1, 2, 3])
      await gateway.inTransaction((tx) => gateway.get(AttemptStore).repeat(tx, again, newId('snd')));
    await accept(send!);
    expect(await claim()).toMatchObject([{ text: 'once more', threadId, claims: 1 }]);
    expect(await claim()).toEqual([]);
  });
});

describe('a claim that is no longer the newest', () => {
  it('an older claim of a send can neither reject it nor make its outcome unknown', async () => {
    await threadWith('tried again');
    const [first] = await claim();
    await postpone(first!, 0);
    const [second] = await claim();
    await record(first!, { kind: 'rejected', errorCode: '30007' });
    await record(first!, { kind: 'unknown', detail: 'late' });
    await record(first!, { kind: 'retry', delayMs: 0 });
    expect(await statusOf(first!.id)).toBe('SENDING');
    await record(second!, { kind: 'rejected', errorCode: '30007' });
    expect(await statusOf(first!.id)).toBe('REJECTED');
  });
});

describe('the sweep', () => {
  it('the sweep makes the outcome of an overdue send unknown, and a late acceptance still settles the send', async () => {
    await threadWith('its process died');
    const [send] = await claim(1, 0);
    await gateway.eventually('the sweep', `SELECT 1 FROM send WHERE id = $1 AND status = 'UNKNOWN'`, [
      send!.id,
    ]);
    await accept(send!, 'SM3');
    expect(await gateway.query('SELECT status, reason FROM send WHERE id = $1', [send!.id])).toEqual([
      { status: 'ACCEPTED', reason: null },
    ]);
  });

  it('the sweep skips a send during its grace period and while another transaction has it locked', async () => {
    await gateway.stopLoop(SweepSends);
    await threadWith('late, not dead');
    const [send] = await claim(1, -60_000);
    const isOverdue = async (graceMs: number) =>
      (await followUps.overdue(graceMs, 100)).some(({ id }) => id === send!.id);
    expect(await isOverdue(70_000)).toBe(false);
    await gateway.inTransaction(async (tx) => {
      await gateway.get(AttemptStore).lock(tx, [{ id: send!.id }]);
      expect(await isOverdue(50_000)).toBe(false);
    });
    await accept(send!);
  });

  it('the sweep does not change a send that was claimed again in the meantime', async () => {
    await threadWith('tried again');
    const [first] = await claim();
    await postpone(first!, 0);
    await claim();
    let looks = 0;
    const looking = {
      sweepDueAt: () => ({ sql: 'SELECT clock_timestamp()', values: [] }),
      overdue: async () => {
        looks += 1;
        return [{ id: first!.id, claims: first!.claims }];
      },
    } as unknown as FollowUpStore;
    const times = { ...recoveryTimes, pollMs: 10, pollIdleMs: 10, sendUnknownAfterMs: 0, sendGapMs: 60_000 };
    const sweep = new SweepSends(
      gateway.get(Transactions),
      sends,
      looking,
      gateway.get(ApplyDelivery),
      times,
      new DuePoll(gateway.get(Database), times),
    );
    sweep.onApplicationBootstrap();
    await expect.poll(() => looks).toBeGreaterThan(2);
    await sweep.beforeApplicationShutdown();
    expect(await statusOf(first!.id)).toBe('SENDING');
  });
});
