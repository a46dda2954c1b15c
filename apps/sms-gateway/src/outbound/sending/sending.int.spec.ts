import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_NUMBER, RunningGateway } from '../../testing/running-gateway.js';
import { FollowUpSends } from '../follow-up/follow-up-sends.js';
import type { SendRow } from '../../testing/follow-up-driver.js';

const SETTLED = `SELECT * FROM send WHERE thread_id = $1 AND status NOT IN ('PENDING', 'SENDING') ORDER BY position`;

let gateway: RunningGateway;

beforeAll(async () => {
  // A send has 6 s, and its outcome is unknown 9 s later.
  gateway = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.3' });
  // Unknown outcomes stay unknown here.
  await gateway.stopLoop(FollowUpSends);
});
afterAll(async () => gateway.stop());

const settled = (threadId: string) => gateway.eventually<SendRow>('the send to settle', SETTLED, [threadId]);

describe('a command to send', () => {
  it('a reply is sent from the line that the person texted, and its delivery is published', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, 'Yes, from 10 to 16 🙂');
    const [message] = await gateway.simulator.messages({
      to: person,
      direction: 'outbound',
      status: 'delivered',
    });
    expect(message).toMatchObject({ from: OWN_NUMBER, body: 'Yes, from 10 to 16 🙂' });
    const [row] = await gateway.eventually<SendRow>(
      'the delivery report',
      `SELECT * FROM send WHERE thread_id = $1 AND provider_status = 'delivered'`,
      [threadId],
    );
    expect(row).toMatchObject({ status: 'ACCEPTED', attempt: 1, provider_sid: message!.sid });
    expect(await gateway.statusEvents(threadId)).toMatchObject([
      { sendId: row!.id, status: 'sent' },
      { sendId: row!.id, status: 'delivered' },
    ]);
  });

  it('a send command that arrives twice sends one text', async () => {
    const { person, threadId } = await gateway.someThread();
    const id = newId('cmd');
    await gateway.command(threadId, 'only once', 60_000, id);
    await gateway.command(threadId, 'only once', 60_000, id);
    await gateway.command(threadId, 'the next one');
    expect(await gateway.simulator.repliesTo(person, 2)).toEqual(['only once', 'the next one']);
  });

  it('the send commands of a thread are executed in order', async () => {
    const { person, threadId } = await gateway.someThread();
    const texts = Array.from({ length: 12 }, (_, index) => `part ${index}`);
    for (const text of texts) await gateway.command(threadId, text);
    expect(await gateway.simulator.repliesTo(person, 12)).toEqual(texts);
  });

  it('a send command for an unknown thread becomes a dead letter', async () => {
    const id = newId('cmd');
    await gateway.command(newId('thr'), 'nobody there', 60_000, id);
    const deadLetter = () => gateway.query('SELECT state FROM inbox WHERE event_id = $1', [id]);
    await expect.poll(deadLetter).toEqual([{ state: 'dead' }]);
  });

  it('a send command whose validity has ended sends nothing, and its failure is published', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, 'too late', -1_000);
    expect(await settled(threadId)).toMatchObject([{ status: 'REJECTED', reason: 'expired' }]);
    expect(await gateway.statusEvents(threadId)).toMatchObject([{ status: 'failed', reason: 'expired' }]);
    expect(await gateway.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 })).toEqual([]);
  });
});

describe('an answer of Twilio', () => {
  it('a text that Twilio refuses with 429 waits and is then sent once', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 1, to: person });
    await gateway.command(threadId, 'patience');
    expect(await gateway.simulator.repliesTo(person)).toEqual(['patience']);
    expect(await settled(threadId)).toMatchObject([{ status: 'ACCEPTED', attempt: 2 }]);
  });

  it('a text waits for Twilio’s Retry-After, and is not sent if its validity has ended by then', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 300, to: person });
    await gateway.command(threadId, 'too late by then');
    const [waiting] = await gateway.eventually<{ waitMs: number }>(
      'the text to wait',
      `SELECT (extract(epoch FROM not_before - clock_timestamp()) * 1000)::integer AS "waitMs" FROM send
       WHERE thread_id = $1 AND status = 'PENDING' AND attempt = 1`,
      [threadId],
    );
    expect(waiting!.waitMs).toBeGreaterThan(200_000);
    await gateway.query('UPDATE send SET valid_until = now(), not_before = now() WHERE thread_id = $1', [
      threadId,
    ]);
    expect(await settled(threadId)).toMatchObject([{ status: 'REJECTED', reason: 'expired', attempt: 2 }]);
    expect(await gateway.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 })).toEqual([]);
  });

  it('the error code of Twilio’s refusal is published, and the next text is sent', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'twilio.create', mode: '400', code: 21614, to: person });
    await gateway.command(threadId, 'refused');
    await gateway.command(threadId, 'the next one');
    expect(await gateway.simulator.repliesTo(person)).toEqual(['the next one']);
    expect((await settled(threadId))[0]).toMatchObject({ status: 'REJECTED', error_code: '21614' });
    expect((await gateway.statusEvents(threadId))[0]).toMatchObject({ status: 'failed', errorCode: '21614' });
  });

  it.each([
    ['answers 500 after it sent the text', 'accept-then-500'],
    ['closes the connection after it sent the text', 'accept-then-reset'],
  ])(
    'when Twilio %s, the text is not sent again and a status report settles its outcome',
    async (_, mode) => {
      const { person, threadId } = await gateway.someThread();
      await gateway.simulator.fault({ kind: 'twilio.create', mode, to: person });
      await gateway.command(threadId, 'once');
      await gateway.eventually(
        'the report to settle the send',
        `SELECT 1 FROM send WHERE thread_id = $1 AND status = 'ACCEPTED' AND provider_status = 'delivered'`,
        [threadId],
      );
      await gateway.command(threadId, 'the next one');
      expect(await gateway.simulator.repliesTo(person, 2)).toEqual(['once', 'the next one']);
    },
  );

  it('a send that Twilio does not answer by the deadline has an unknown outcome, and the next text is sent', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [], to: person, times: 1 });
    await gateway.simulator.fault({ kind: 'twilio.create', mode: 'delay', delayMs: 60_000, to: person });
    await gateway.command(threadId, 'slow');
    await gateway.command(threadId, 'the next one');
    expect(await gateway.simulator.repliesTo(person, 2)).toEqual(['slow', 'the next one']);
    expect((await settled(threadId))[0]).toMatchObject({ status: 'UNKNOWN', attempt: 1, reason: 'DEADLINE' });
  });
});

describe('delivery reports', () => {
  async function sentWithoutReports(): Promise<{ threadId: string; row: SendRow }> {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [], to: person });
    await gateway.command(threadId, 'reports come by hand');
    const [row] = await settled(threadId);
    return { threadId, row: row! };
  }

  it('status reports in any order never lower a delivery status, and each step is published once', async () => {
    const { threadId, row } = await sentWithoutReports();
    for (const status of ['sent', 'delivered', 'queued', 'sent', 'delivered', 'read'])
      expect(await gateway.reportStatus(row.id, row.provider_sid!, status)).toBe(204);
    expect((await settled(threadId))[0]).toMatchObject({ provider_status: 'read' });
    expect((await gateway.statusEvents(threadId)).map(({ status }) => status)).toEqual([
      'sent',
      'delivered',
      'read',
    ]);
  });

  it('an error code that a status report adds late is stored and never replaced', async () => {
    const { threadId, row } = await sentWithoutReports();
    await gateway.reportStatus(row.id, row.provider_sid!, 'undelivered');
    await gateway.reportStatus(row.id, row.provider_sid!, 'undelivered', '30003');
    await gateway.reportStatus(row.id, row.provider_sid!, 'undelivered', '30008');
    await gateway.reportStatus(row.id, row.provider_sid!, 'sent');
    expect((await settled(threadId))[0]).toMatchObject({
      provider_status: 'undelivered',
      error_code: '30003',
    });
    const events = await gateway.statusEvents(threadId);
    expect(events.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      ['undelivered', undefined],
      ['undelivered', '30003'],
    ]);
  });

  it('a status report with the MessageSid of another message changes nothing', async () => {
    const { threadId, row } = await sentWithoutReports();
    expect(await gateway.reportStatus(row.id, `SM${'f'.repeat(32)}`, 'delivered')).toBe(204);
    expect(await gateway.statusEvents(threadId)).toEqual([]);
  });

  it('an unsigned status report is refused', async () => {
    const params = { MessageSid: `SM${'f'.repeat(32)}`, MessageStatus: 'delivered' };
    expect((await gateway.post('/webhooks/twilio/sms-status', params, {})).status).toBe(403);
  });
});
