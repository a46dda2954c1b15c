import type { ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FollowedUpSends, HOUR_MS } from '../../testing/followed-up-sends.js';
import { RunningGateway } from '../../testing/running-gateway.js';
import { FollowUpSends } from './follow-up-sends.js';
import { PollQuietSends } from './poll-quiet-sends.js';

let gateway: RunningGateway;
let sends: FollowedUpSends;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  await gateway.stopLoop(FollowUpSends);
  sends = new FollowedUpSends(gateway);
});
afterAll(async () => gateway.stop());

describe('[S-16] a text whose last reports were lost', () => {
  const MINUTE_MS = 60_000;
  const ask = () => gateway.get(PollQuietSends).run(new AbortController().signal);
  const ageBy = (threadId: ThreadId, ms: number) =>
    gateway.query(
      `UPDATE send SET send_deadline = send_deadline - $2 * interval '1 ms',
         asked_at = asked_at - $2 * interval '1 ms' WHERE thread_id = $1`,
      [threadId, ms],
    );
  const askedAt = async (threadId: ThreadId) =>
    (
      await gateway.query<{ at: string }>('SELECT asked_at::text AS at FROM send WHERE thread_id = $1', [
        threadId,
      ])
    )[0]!.at;
  /** Whether a poll now fetches the status of the thread's text. */
  async function isAskedFor(threadId: ThreadId): Promise<boolean> {
    const before = await askedAt(threadId);
    await ask();
    return (await askedAt(threadId)) !== before;
  }

  it('the status of a text without a final report is fetched after 15 minutes and published', async () => {
    const { person, threadId } = await gateway.someThread();
    const script = [{ status: 'sent' }, { status: 'delivered', posted: false, afterMs: 50 }];
    await gateway.simulator.fault({ kind: 'status-callbacks', script, to: person });
    await gateway.command(threadId, 'quiet', HOUR_MS);
    await sends.until('the text to be sent', threadId, `provider_status = 'sent'`);
    await gateway.simulator.messages({ to: person, status: 'delivered' });
    await ask();
    expect(await gateway.publishedStatuses(threadId)).toEqual([['sent', undefined]]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await ask();
    expect(await gateway.publishedStatuses(threadId)).toEqual([
      ['sent', undefined],
      ['delivered', undefined],
    ]);
    await ageBy(threadId, 16 * MINUTE_MS);
    expect(await isAskedFor(threadId)).toBe(false);
  });

  it('an unconfirmed text with only a first report becomes delivered once its status is fetched', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseAnswer(person);
    const [send] = await sends.unknown(threadId, 'queued at least');
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    await gateway.reportStatus(send!.id, message!.sid, 'queued');
    expect(await gateway.publishedStatuses(threadId)).toEqual([['unconfirmed', 'outcome-unknown']]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await ask();
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('the status of a text without a final report is fetched at doubling ages, and not after four hours', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
    await gateway.command(threadId, 'never reported', HOUR_MS);
    await sends.until('the text to be sent', threadId, `provider_status = 'sent'`);
    const askedAfter: number[] = [];
    for (let minutes = 0; minutes < 600; minutes += 10) {
      if (await isAskedFor(threadId)) askedAfter.push(minutes);
      await ageBy(threadId, 10 * MINUTE_MS);
    }
    expect(askedAfter).toEqual([20, 40, 80, 160]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['sent', undefined]]);
  });
});
