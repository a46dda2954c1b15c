import type { ThreadId } from '@parley/kernel';
import { type Transaction, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../testing/running-gateway.js';
import { SendDueSms } from './send-due-sms.js';
import { SendStore } from './send-store.js';

let gateway: RunningGateway;
let sends: SendStore;
let people = 0;

beforeAll(async () => {
  // The sweep gives up 1.5 s after a deadline.
  gateway = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.05' });
  await gateway.app.get(SendDueSms, { strict: false }).beforeApplicationShutdown();
  sends = gateway.app.get(SendStore, { strict: false });
});
afterAll(async () => gateway.stop());

const DEADLINE_MS = 60_000;
const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) =>
  gateway.app.get(Transactions, { strict: false }).run(work);
const claim = (limit = 10, deadlineMs = DEADLINE_MS) => sends.claimDue(limit, deadlineMs);

async function threadWith(...texts: string[]): Promise<ThreadId> {
  const threadId = (await gateway.threadWith(`+1555030${String(++people).padStart(4, '0')}`)) as ThreadId;
  for (const text of texts) await queue(threadId, text);
  return threadId;
}

async function queue(threadId: ThreadId, text: string): Promise<void> {
  const message = {
    causedBy: newId('cmd'),
    messageId: newId('msg'),
    threadId,
    parts: [{ id: newId('snd'), text }],
    validUntil: new Date(Date.now() + 60_000),
    isOptOutConfirmation: false,
  };
  await inTransaction((tx) => sends.queue(tx, message));
}

describe('claiming', () => {
  it('gives the first unfinished send of each thread to exactly one of many claimers', async () => {
    const threads = await Promise.all(
      Array.from({ length: 8 }, (_, index) => threadWith(`${index} first`, `${index} second`)),
    );
    for (const round of ['first', 'second']) {
      const claims = (await Promise.all(Array.from({ length: 6 }, () => claim(3)))).flat();
      while (claims.length < threads.length) {
        const more = await claim();
        expect(more.length).toBeGreaterThan(0);
        claims.push(...more);
      }
      expect(claims.map(({ text }) => text).toSorted()).toEqual(
        threads.map((_, index) => `${index} ${round}`),
      );
      expect(claims.every(({ hasSuccessor }) => hasSuccessor === (round === 'first'))).toBe(true);
      await Promise.all(claims.map((send) => sends.accept(send, newId('req'), 'queued')));
    }
    expect(await claim()).toEqual([]);
  });

  it('holds a thread back while its first send is under way or waits for its next try', async () => {
    await threadWith('first', 'second');
    const [first] = await claim();
    expect(await claim()).toEqual([]);
    await sends.postpone(first!, 60_000);
    expect(await claim()).toEqual([]);
  });

  it('goes past a send whose outcome is unknown', async () => {
    await threadWith('unknown', 'next');
    const [first] = await claim();
    await inTransaction((tx) => sends.markUnknown(tx, first!.id, 'reset'));
    expect(await claim()).toMatchObject([{ text: 'next' }]);
  });

  it('lets only the newest attempt write its outcome', async () => {
    await threadWith('tried twice');
    const [first] = await claim();
    await sends.postpone(first!, 0);
    const [second] = await claim();
    expect([first!.attempt, second!.attempt]).toEqual([1, 2]);
    await sends.accept(first!, newId('req'), 'queued');
    expect(await gateway.query('SELECT status, provider_sid FROM send WHERE id = $1', [first!.id])).toEqual([
      { status: 'SENDING', provider_sid: null },
    ]);
    await sends.accept(second!, 'SM2', 'queued');
    expect(await gateway.query('SELECT status, provider_sid FROM send WHERE id = $1', [first!.id])).toEqual([
      { status: 'ACCEPTED', provider_sid: 'SM2' },
    ]);
  });
});

describe('the sweep', () => {
  it('makes unknown what was claimed and never settled; an answer that still comes is better', async () => {
    await threadWith('its process died');
    const [send] = await claim(1, 0);
    await gateway.eventually('the sweep', `SELECT 1 FROM send WHERE id = $1 AND status = 'UNKNOWN'`, [
      send!.id,
    ]);
    await sends.accept(send!, 'SM3', 'queued');
    expect(await gateway.query('SELECT status, reason FROM send WHERE id = $1', [send!.id])).toEqual([
      { status: 'ACCEPTED', reason: null },
    ]);
  });
});
