import type { ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inboundParams, RunningGateway } from '../testing/running-gateway.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start({
    SMS_MAX_REPLIES_IN_2_MINUTES: '3',
    SMS_MAX_REPLIES_A_DAY: '5',
    SMS_MAX_EQUAL_TEXTS: '3',
  });
});
afterAll(async () => gateway.stop());

async function says(person: string, body: string): Promise<void> {
  expect((await gateway.post('/webhook/sms', inboundParams(person, body))).status).toBe(200);
}
/** The agent sends so many more replies. */
async function answers(threadId: ThreadId, count: number): Promise<void> {
  const [before] = await gateway.query<{ count: number }>(
    'SELECT day_replies AS count FROM thread WHERE id = $1',
    [threadId],
  );
  for (let index = 0; index < count; index++) await gateway.command(threadId, `answer ${index}`);
  await gateway.eventually(
    'the replies to be counted',
    'SELECT 1 FROM thread WHERE id = $1 AND day_replies >= $2',
    [threadId, before!.count + count],
  );
}
const passes = (threadId: ThreadId, time: 'minutes' | 'day') =>
  gateway.query(`UPDATE thread SET ${time}_began_at = ${time}_began_at - interval '25 hours' WHERE id = $1`, [
    threadId,
  ]);
/** `answeredBy` of each text of the thread: undefined where the agent is to answer. */
const answeredBy = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId, 'sms.received')).map((event) => event['answeredBy']);
const reasons = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId, 'sms.loop-detected')).map(({ reason }) => reason);

describe('[S-25] two machines that text each other', () => {
  it('texts above the cap of two minutes get no reply, the thread is flagged once, and later texts get replies again', async () => {
    const { person, threadId } = await gateway.someThread();
    await answers(threadId, 2);
    await says(person, 'one more');
    await answers(threadId, 1);
    await says(person, 'over the cap');
    await says(person, 'still over the cap');
    expect(await answeredBy(threadId)).toEqual([undefined, undefined, 'nobody', 'nobody']);
    expect(await reasons(threadId)).toEqual(['reply-cap']);
    await passes(threadId, 'minutes');
    await says(person, 'later');
    expect((await answeredBy(threadId)).at(-1)).toBeUndefined();
  });

  it('texts above the cap of a day get no reply', async () => {
    const { person, threadId } = await gateway.someThread();
    await answers(threadId, 2);
    await passes(threadId, 'minutes');
    await gateway.query('UPDATE thread SET day_replies = 5 WHERE id = $1', [threadId]);
    await says(person, 'over the cap');
    await passes(threadId, 'day');
    await says(person, 'tomorrow');
    expect(await answeredBy(threadId)).toEqual([undefined, 'nobody', undefined]);
    expect(await reasons(threadId)).toEqual(['reply-cap']);
  });

  it('the third equal text in a row gets no reply', async () => {
    const { person, threadId } = await gateway.someThread();
    await says(person, 'We are closed.');
    await says(person, 'We are  CLOSED.');
    await says(person, 'we are closed.');
    await says(person, 'Something else');
    await says(person, 'we are closed.');
    expect(await answeredBy(threadId)).toEqual([
      undefined,
      undefined,
      undefined,
      'nobody',
      undefined,
      undefined,
    ]);
    expect(await reasons(threadId)).toEqual(['repeated-text']);
  });

  it('equal texts more than ten minutes apart get a reply each time', async () => {
    const { person, threadId } = await gateway.someThread();
    const tenMinutesPass = () =>
      gateway.query(`UPDATE thread SET last_text_at = last_text_at - interval '601 seconds' WHERE id = $1`, [
        threadId,
      ]);
    for (let index = 0; index < 4; index++) {
      await says(person, 'Good morning');
      await tenMinutesPass();
    }
    expect(await answeredBy(threadId)).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(await reasons(threadId)).toEqual([]);
    await gateway.query(
      `UPDATE thread SET last_text_at = last_text_at + interval '10 seconds' WHERE id = $1`,
      [threadId],
    );
    for (let index = 0; index < 2; index++) await says(person, 'Good morning');
    expect((await answeredBy(threadId)).slice(5)).toEqual([undefined, 'nobody']);
  });

  it('a HELP that is repeated too often gets no answer', async () => {
    const { person, threadId } = await gateway.someThread();
    for (let index = 0; index < 4; index++) await says(person, 'Help!');
    await gateway.eventually('the answers', 'SELECT 1 FROM send WHERE thread_id = $1 OFFSET 1', [threadId]);
    expect(await gateway.query('SELECT 1 FROM send WHERE thread_id = $1', [threadId])).toHaveLength(2);
    expect(await answeredBy(threadId)).toEqual([undefined, ...Array.from({ length: 4 }, () => 'gateway')]);
  });

  it('a thread above the cap can still opt out', async () => {
    const { person, threadId } = await gateway.someThread();
    await answers(threadId, 3);
    await says(person, 'STOP');
    expect(await answeredBy(threadId)).toEqual([undefined, 'carrier']);
    expect(await gateway.statusEvents(threadId, 'sms.consent-changed')).toHaveLength(1);
  });
});
