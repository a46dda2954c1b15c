import type { ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FollowUpDriver, HOUR_MS, type SendRow } from '../../testing/follow-up-driver.js';
import type { RunningGateway } from '../../testing/running-gateway.js';

let gateway: RunningGateway;
let sends: FollowUpDriver;

beforeAll(async () => {
  ({ gateway, sends } = await FollowUpDriver.start());
});
afterAll(async () => gateway.stop());

const statuses = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId)).map(({ status }) => status);

/** Sends a text that gets the report `sent` and no later one. */
async function sentText(): Promise<{ person: string; threadId: ThreadId; send: SendRow }> {
  const { person, threadId } = await gateway.someThread();
  await gateway.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
  await gateway.command(threadId, 'once', HOUR_MS);
  const [send] = await sends.until('the text to be sent', threadId, `provider_status = 'sent'`);
  return { person, threadId, send: send! };
}

async function report({ id, provider_sid: sid }: SendRow, status: string, errorCode?: number): Promise<void> {
  expect(await gateway.reportStatus(id, sid!, status, errorCode)).toBe(204);
}

describe('[S-16] a text that was delivered', () => {
  it.each([
    ['undelivered', 30003],
    ['undelivered', 30001],
    ['failed', 30008],
    ['canceled', undefined],
    ['sent', undefined],
    ['queued', undefined],
  ])(
    'a delivered text stays delivered after a late report of %s (error code %s), and is not sent again',
    async (late, errorCode) => {
      const { threadId, send } = await sentText();
      await report(send, 'delivered');
      await report(send, late, errorCode);
      expect(await sends.of(threadId)).toMatchObject([
        { provider_status: 'delivered', error_code: null, isPlanned: false },
      ]);
      expect(await statuses(threadId)).toEqual(['sent', 'delivered']);
    },
  );

  it('a report of delivery cancels the repetition that an earlier report planned', async () => {
    const { threadId, send } = await sentText();
    await report(send, 'undelivered', 30003);
    expect(await sends.of(threadId)).toMatchObject([{ isPlanned: true }]);
    await report(send, 'delivered');
    expect(await sends.of(threadId)).toMatchObject([
      { provider_status: 'delivered', error_code: null, isPlanned: false },
    ]);
    expect(await statuses(threadId)).toEqual(['sent', 'delivered']);
  });

  it('a report of delivery removes the waiting repetition of a text from the queue', async () => {
    const { person, threadId, send } = await sentText();
    await report(send, 'undelivered', 30003);
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 600, to: person });
    await gateway.command(threadId, 'next', HOUR_MS);
    await gateway.eventually(
      'the next text to wait',
      `SELECT 1 FROM send WHERE thread_id = $1 AND status = 'PENDING' AND attempt = 1`,
      [threadId],
    );
    await sends.repeat(send.id);
    expect(await sends.of(threadId)).toMatchObject([{}, { status: 'PENDING' }, { status: 'PENDING' }]);
    await report(send, 'read');
    expect(await sends.of(threadId)).toMatchObject([
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
    'a text reported as %s (error code %i) becomes delivered when the carrier reports so later',
    async (ending, errorCode) => {
      const { threadId, send } = await sentText();
      await report(send, ending, errorCode);
      await report(send, 'sent');
      await report(send, 'delivered');
      expect(await sends.of(threadId)).toMatchObject([{ provider_status: 'delivered', error_code: null }]);
      expect(await statuses(threadId)).toEqual(['sent', ending, 'delivered']);
    },
  );
});
