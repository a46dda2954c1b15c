import type { SendId, ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../../testing/running-gateway.js';
import { FollowUpSends } from '../follow-up/follow-up-sends.js';
import { FollowUpStore } from '../follow-up/follow-up-store.js';
import { ApplyDelivery } from './apply-delivery.js';

interface SendRow {
  id: SendId;
  status: string;
  provider_sid: string;
  provider_status: string | null;
  error_code: string | null;
  isPlanned: boolean;
}

const HOUR_MS = 3_600_000;

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  await part(FollowUpSends).beforeApplicationShutdown();
});
afterAll(async () => gateway.stop());

function part<T>(token: abstract new (...args: never[]) => T): T {
  return gateway.app.get(token as never, { strict: false });
}

const sendsOf = (threadId: ThreadId) =>
  gateway.query<SendRow>(
    `SELECT *, follow_up_at IS NOT NULL AS "isPlanned" FROM send WHERE thread_id = $1 ORDER BY position`,
    [threadId],
  );
const statuses = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId)).map(({ status }) => status);

/** A text that was reported as sent, without a later report. */
async function sentText(): Promise<{ person: string; threadId: ThreadId; send: SendRow }> {
  const { person, threadId } = await gateway.someThread();
  await gateway.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
  await gateway.command(threadId, 'once', HOUR_MS);
  const [send] = await gateway.eventually<SendRow>(
    'the text to be sent',
    `SELECT * FROM send WHERE thread_id = $1 AND provider_status = 'sent'`,
    [threadId],
  );
  return { person, threadId, send: send! };
}

async function report({ id, provider_sid: sid }: SendRow, status: string, errorCode?: number): Promise<void> {
  const { status: answer } = await gateway.post(`/webhooks/twilio/sms-status?send=${id}`, {
    MessageSid: sid,
    AccountSid: `AC${'0'.repeat(32)}`,
    MessageStatus: status,
    ...(errorCode !== undefined && { ErrorCode: String(errorCode) }),
  });
  expect(answer).toBe(204);
}

/** Makes the planned repetition at once. */
async function repeatNow({ id }: SendRow): Promise<void> {
  await gateway.query(`UPDATE send SET follow_up_at = '-infinity' WHERE id = $1`, [id]);
  const due = (await part(FollowUpStore).claim(100, HOUR_MS)).find((send) => send.id === id);
  await part(ApplyDelivery).execute({ event: { kind: 'retry-due', id }, send: due! });
}

describe('[S-16] a text that was delivered', () => {
  it.each([
    ['undelivered', 30003],
    ['undelivered', 30001],
    ['failed', 30008],
    ['canceled', undefined],
    ['sent', undefined],
    ['queued', undefined],
  ])('a delivered text stays so after a late %s %s, and is not sent again', async (late, errorCode) => {
    const { threadId, send } = await sentText();
    await report(send, 'delivered');
    await report(send, late, errorCode);
    expect(await sendsOf(threadId)).toMatchObject([
      { provider_status: 'delivered', error_code: null, isPlanned: false },
    ]);
    expect(await statuses(threadId)).toEqual(['sent', 'delivered']);
  });

  it('a delivery calls off the repetition that an earlier report planned', async () => {
    const { threadId, send } = await sentText();
    await report(send, 'undelivered', 30003);
    expect(await sendsOf(threadId)).toMatchObject([{ isPlanned: true }]);
    await report(send, 'delivered');
    expect(await sendsOf(threadId)).toMatchObject([
      { provider_status: 'delivered', error_code: null, isPlanned: false },
    ]);
    expect(await statuses(threadId)).toEqual(['sent', 'delivered']);
  });

  it('a delivery withdraws the repetition that waits in the queue', async () => {
    const { person, threadId, send } = await sentText();
    await report(send, 'undelivered', 30003);
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 600, to: person });
    await gateway.command(threadId, 'next', HOUR_MS);
    await gateway.eventually(
      'the next text to wait',
      `SELECT 1 FROM send WHERE thread_id = $1 AND status = 'PENDING' AND attempt = 1`,
      [threadId],
    );
    await repeatNow(send);
    expect(await sendsOf(threadId)).toMatchObject([{}, { status: 'PENDING' }, { status: 'PENDING' }]);
    await report(send, 'read');
    expect(await sendsOf(threadId)).toMatchObject([
      { provider_status: 'read', isPlanned: false },
      { status: 'PENDING' },
    ]);
    await gateway.query(`UPDATE send SET not_before = now() WHERE thread_id = $1`, [threadId]);
    expect(await gateway.simulator.repliesTo(person, 2)).toEqual(['once', 'next']);
    expect((await statuses(threadId)).slice(0, 2)).toEqual(['sent', 'read']);
  });
});

describe('[S-16] a text that failed', () => {
  it.each([
    ['failed', 30008],
    ['undelivered', 30005],
  ])(
    'a text that was reported as %s %i is delivered when the carrier reports that after all',
    async (ending, errorCode) => {
      const { threadId, send } = await sentText();
      await report(send, ending, errorCode);
      await report(send, 'sent');
      await report(send, 'delivered');
      expect(await sendsOf(threadId)).toMatchObject([{ provider_status: 'delivered', error_code: null }]);
      expect(await statuses(threadId)).toEqual(['sent', ending, 'delivered']);
    },
  );
});
