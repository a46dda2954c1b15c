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

async function postText(person: string, body: string): Promise<void> {
  expect((await gateway.post('/webhook/sms', inboundParams(person, body))).status).toBe(200);
}
/** Makes the agent send `count` more replies. */
async function agentReplies(threadId: ThreadId, count: number): Promise<void> {
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
/** `answeredBy` of each text of the thread: undefined if the agent must answer. */
const answeredBy = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId, 'sms.received')).map((event) => event['answeredBy']);
const reasons = async (threadId: ThreadId) =>
  (await gateway.statusEvents(threadId, 'sms.loop-detected')).map(({ reason }) => reason);

describe('[S-25] two machines that text each other', () => {
  it('texts above the two-minute cap of replies get no reply, the thread is flagged once, and later texts get replies again', async () => {
    const { person, threadId } = await gateway.someThread();
    await agentReplies(threadId, 2);
    await postText(person, 'one more');
    await agentReplies(threadId, 1);
    await postText(person, 'over the cap');
    await postText(person, 'still over the cap');
    expect(await answeredBy(threadId)).toEqual([undefined, undefined, 'nobody', 'nobody']);
    expect(await reasons(threadId)).toEqual(['reply-cap']);
    await passes(threadId, 'minutes');
    await postText(person, 'later');
    expect((await answeredBy(threadId)).at(-1)).toBeUndefined();
  });

  it('a text above the daily cap of replies gets no reply, and a text on the next day does', async () => {
    const { person, threadId } = await gateway.someThread();
    await agentReplies(threadId, 2);
    await passes(threadId, 'minutes');
    await gateway.query('UPDATE thread SET day_replies = 5 WHERE id = $1', [threadId]);
    await postText(person, 'over the cap');
    await passes(threadId, 'day');
    await postText(person, 'tomorrow');
    expect(await answeredBy(threadId)).toEqual([undefined, 'nobody', undefined]);
    expect(await reasons(threadId)).toEqual(['reply-cap']);
  });

  it('the third equal text in a row gets no reply and flags the thread', async () => {
    const { person, threadId } = await gateway.someThread();
    await postText(person, 'We are closed.');
    await postText(person, 'We are  CLOSED.');
    await postText(person, 'we are closed.');
    await postText(person, 'Something else');
    await postText(person, 'we are closed.');
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

  it('equal texts get a reply each time if they are more than ten minutes apart', async () => {
    const { person, threadId } = await gateway.someThread();
    const tenMinutesPass = () =>
      gateway.query(`UPDATE thread SET last_text_at = last_text_at - interval '601 seconds' WHERE id = $1`, [
        threadId,
      ]);
    for (let index = 0; index < 4; index++) {
      await postText(person, 'Good morning');
      await tenMinutesPass();
    }
    expect(await answeredBy(threadId)).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(await reasons(threadId)).toEqual([]);
    await gateway.query(
      `UPDATE thread SET last_text_at = last_text_at + interval '10 seconds' WHERE id = $1`,
      [threadId],
    );
    for (let index = 0; index < 2; index++) await postText(person, 'Good morning');
    expect((await answeredBy(threadId)).slice(5)).toEqual([undefined, 'nobody']);
  });

  it('a person’s HELP that is repeated too often gets no answer', async () => {
    const { person, threadId } = await gateway.someThread();
    for (let index = 0; index < 4; index++) await postText(person, 'Help!');
    await gateway.eventually('the answers', 'SELECT 1 FROM send WHERE thread_id = $1 OFFSET 1', [threadId]);
    expect(await gateway.query('SELECT 1 FROM send WHERE thread_id = $1', [threadId])).toHaveLength(2);
    expect(await answeredBy(threadId)).toEqual([undefined, ...Array.from({ length: 4 }, () => 'gateway')]);
  });

  it('a person above the cap of replies can still opt out', async () => {
    const { person, threadId } = await gateway.someThread();
    await agentReplies(threadId, 3);
    await postText(person, 'STOP');
    expect(await answeredBy(threadId)).toEqual([undefined, 'carrier']);
    expect(await gateway.statusEvents(threadId, 'sms.consent-changed')).toHaveLength(1);
  });
});
