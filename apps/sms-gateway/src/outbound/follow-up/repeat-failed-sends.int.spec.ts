import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FollowUpDriver, HOUR_MS } from '../../testing/follow-up-driver.js';
import type { RunningGateway } from '../../testing/running-gateway.js';

let gateway: RunningGateway;
let sends: FollowUpDriver;

beforeAll(async () => {
  ({ gateway, sends } = await FollowUpDriver.start({ TWILIO_OPT_OUT_HANDLING: 'off' }));
});
afterAll(async () => gateway.stop());

describe('[S-16] a text that the carrier could not deliver', () => {
  const failsWith = (person: string, errorCode: number, times = 1) =>
    gateway.simulator.fault({
      kind: 'status-callbacks',
      script: [{ status: 'sent' }, { status: 'undelivered', errorCode, afterMs: 50 }],
      to: person,
      times,
    });
  const undelivered = (threadId: string, count = 1) =>
    sends.until('the text to be undelivered', threadId, `provider_status = 'undelivered'`, count);

  it.each([30001, 30003])(
    'a text that failed with error %i is repeated once, and its first failure is not published',
    async (errorCode) => {
      const { person, threadId } = await gateway.someThread();
      await failsWith(person, errorCode);
      await gateway.command(threadId, 'twice', HOUR_MS);
      const [first] = await undelivered(threadId);
      expect((await gateway.publishedStatuses(threadId)).filter(([status]) => status !== 'sent')).toEqual([]);
      await sends.repeat(first!.id);
      await sends.until('the delivery', threadId, `provider_status = 'delivered'`);
      expect(await sends.textsTo(person)).toEqual(['twice', 'twice']);
      expect((await sends.of(threadId))[1]).toMatchObject({ retry_of: first!.id });
      expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['delivered', undefined]);
    },
  );

  it('a text whose repetition also fails is not repeated again, and its failure is published', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003, 2);
    await gateway.command(threadId, 'in vain', HOUR_MS);
    const [first] = await undelivered(threadId);
    const claimed = await sends.due(first!.id);
    await Promise.all(Array.from({ length: 5 }, () => sends.repeatNow(claimed)));
    await undelivered(threadId, 2);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['undelivered', '30003']);
    expect(await sends.of(threadId)).toHaveLength(2);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE thread_id = $1 AND follow_up_at IS NOT NULL', [threadId]),
    ).toEqual([]);
  });

  it('a text that failed with error 30008 is not repeated, since it may have been delivered', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30008);
    await gateway.command(threadId, 'perhaps', HOUR_MS);
    await undelivered(threadId);
    expect(
      await gateway.query('SELECT 1 FROM send WHERE thread_id = $1 AND follow_up_at IS NOT NULL', [threadId]),
    ).toEqual([]);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['undelivered', '30008']);
  });

  it('an undelivered text is not repeated after its validity has ended, and its failure is published', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003);
    await gateway.command(threadId, 'too late', HOUR_MS);
    const [first] = await undelivered(threadId);
    await gateway.query('UPDATE send SET valid_until = now() WHERE id = $1', [first!.id]);
    await sends.repeat(first!.id);
    expect(await sends.of(threadId)).toHaveLength(1);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['undelivered', '30003']);
  });

  it('an undelivered text is not repeated after a STOP, and its failure is published', async () => {
    const { person, threadId } = await gateway.someThread();
    await failsWith(person, 30003);
    await gateway.command(threadId, 'unwanted', HOUR_MS);
    const [first] = await undelivered(threadId);
    await sends.optOut(person, threadId);
    await sends.repeat(first!.id);
    expect((await gateway.publishedStatuses(threadId)).at(-1)).toEqual(['undelivered', '30003']);
    expect((await sends.textsTo(person)).filter((text) => text === 'unwanted')).toHaveLength(1);
  });
});
