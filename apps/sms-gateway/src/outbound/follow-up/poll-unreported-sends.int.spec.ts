import type { ThreadId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FollowUpDriver, HOUR_MS } from '../../testing/follow-up-driver.js';
import type { RunningGateway } from '../../testing/running-gateway.js';
import { PollUnreportedSends } from './poll-unreported-sends.js';

let gateway: RunningGateway;
let sends: FollowUpDriver;

beforeAll(async () => {
  ({ gateway, sends } = await FollowUpDriver.start());
});
afterAll(async () => gateway.stop());

describe('[S-16] a text whose last reports were lost', () => {
  const MINUTE_MS = 60_000;
  const poll = () => gateway.get(PollUnreportedSends).run(new AbortController().signal);
  const ageBy = (threadId: ThreadId, ms: number) =>
    gateway.query(
      `UPDATE send SET send_deadline = send_deadline - $2 * interval '1 ms',
         asked_at = asked_at - $2 * interval '1 ms' WHERE thread_id = $1`,
      [threadId, ms],
    );
  const fetchedAt = async (threadId: ThreadId) =>
    (
      await gateway.query<{ at: string }>('SELECT asked_at::text AS at FROM send WHERE thread_id = $1', [
        threadId,
      ])
    )[0]!.at;
  /** Whether a poll now fetches the status of the thread's text. */
  async function isFetched(threadId: ThreadId): Promise<boolean> {
    const before = await fetchedAt(threadId);
    await poll();
    return (await fetchedAt(threadId)) !== before;
  }

  it('the status of a text without a final report is fetched after 15 minutes and published', async () => {
    const { person, threadId } = await gateway.someThread();
    const script = [{ status: 'sent' }, { status: 'delivered', posted: false, afterMs: 50 }];
    await gateway.simulator.fault({ kind: 'status-callbacks', script, to: person });
    await gateway.command(threadId, 'unreported', HOUR_MS);
    await sends.until('the text to be sent', threadId, `provider_status = 'sent'`);
    await gateway.simulator.messages({ to: person, status: 'delivered' });
    await poll();
    expect(await gateway.publishedStatuses(threadId)).toEqual([['sent', undefined]]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await poll();
    expect(await gateway.publishedStatuses(threadId)).toEqual([
      ['sent', undefined],
      ['delivered', undefined],
    ]);
    await ageBy(threadId, 16 * MINUTE_MS);
    expect(await isFetched(threadId)).toBe(false);
  });

  it('an unconfirmed text that Twilio reported only as queued becomes delivered once its status is fetched', async () => {
    const { person, threadId } = await gateway.someThread();
    await sends.loseAnswer(person);
    const [send] = await sends.unknown(threadId, 'queued at least');
    const [message] = await gateway.simulator.messages({ to: person, direction: 'outbound' });
    await gateway.reportStatus(send!.id, message!.sid, 'queued');
    expect(await gateway.publishedStatuses(threadId)).toEqual([['unconfirmed', 'outcome-unknown']]);
    await ageBy(threadId, 16 * MINUTE_MS);
    await poll();
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
  });

  it('the status of a text without a final report is fetched whenever its age has doubled, until four hours', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
    await gateway.command(threadId, 'never reported', HOUR_MS);
    await sends.until('the text to be sent', threadId, `provider_status = 'sent'`);
    const fetchedAfter: number[] = [];
    for (let minutes = 0; minutes < 600; minutes += 10) {
      if (await isFetched(threadId)) fetchedAfter.push(minutes);
      await ageBy(threadId, 10 * MINUTE_MS);
    }
    expect(fetchedAfter).toEqual([20, 40, 80, 160]);
    expect(await gateway.publishedStatuses(threadId)).toEqual([['sent', undefined]]);
  });
});
