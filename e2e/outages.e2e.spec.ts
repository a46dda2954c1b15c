import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ model: 'simulated' });
});
afterAll(async () => parley?.stop());

const uniqueText = (what: string) => `${what} ${randomBytes(6).toString('hex')}`;

describe('Postgres unavailable', () => {
  it('while Postgres is unavailable a webhook answers 503, and the same text posted later is answered once', async () => {
    const number = someNumber();
    const body = uniqueText('no postgres');
    const params = parley.inboundParams({ from: number, body });

    await parley.postgres.stop('immediate');
    const refused = await parley.webhook(params);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);

    await parley.postgres.start();
    await expect.poll(async () => (await parley.webhook(params)).status).toBe(200);
    expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
  });

  it('a webhook is acknowledged if Postgres becomes available while it waits', async () => {
    const number = someNumber();
    const body = uniqueText('short outage');
    const params = parley.inboundParams({ from: number, body });
    let status = 0;
    let outageMs = 0;
    // Repeated until the outage was shorter than a webhook waits, which a busy machine may exceed.
    do {
      await parley.postgres.stop('immediate');
      const begunAt = performance.now();
      const back = parley.postgres.start().then(() => performance.now() - begunAt);
      ({ status } = await parley.webhook(params));
      outageMs = await back;
    } while (status === 503 && outageMs > 2_000);
    expect(status).toBe(200);
    expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
  });
});

describe('NATS unavailable', () => {
  it('texts are acknowledged while NATS is unavailable, and answered when NATS is available again', async () => {
    const numbers = Array.from({ length: 5 }, () => someNumber());
    await parley.nats.stop('kill');
    for (const from of numbers) {
      const answer = await parley.webhook(parley.inboundParams({ from, body: uniqueText('no nats') }));
      expect(answer.status).toBe(200);
    }
    const ready = await fetch(`${parley.process('sms-gateway').url}/health/ready`);
    expect(ready.status).toBe(200);

    await parley.nats.start();
    const replies = await parley.finalReplies(numbers);
    expect(replies).toEqual(numbers.map(() => [expect.stringContaining('no nats')]));
  });

  it('REST answers 503 while NATS is unavailable, and the problem is marked as retryable', async () => {
    await parley.nats.stop('kill');
    const answer = await parley.api<{ retryable: boolean; code: string }>('/v1/conversations');
    expect(answer.status).toBe(503);
    expect(answer.body.retryable).toBe(true);
    await parley.nats.start();
    await expect.poll(async () => (await parley.api('/v1/conversations')).status).toBe(200);
  });
});

describe('a killed orchestrator', () => {
  it('[S-12] a turn whose orchestrator is killed is taken again, and the person gets one reply', async () => {
    const number = someNumber();
    const body = uniqueText('killed');
    await parley.simulator.model({ mode: 'hang', times: 1 });
    expect((await parley.webhook(parley.inboundParams({ from: number, body }))).status).toBe(200);
    await parley.simulator.prompts(body, { count: 1 });

    await parley.process('agent-orchestrator').restart('kill');

    expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
    expect(await parley.simulator.prompts(body, { waitMs: 0 })).toHaveLength(2);
    const answers = await parley.query(
      `SELECT 1 FROM orchestrator.message answer JOIN orchestrator.message question USING (conversation_id)
        WHERE answer.kind = 'answer' AND question.text = $1`,
      [body],
    );
    expect(answers).toHaveLength(1);
  });

  it('a text acknowledged while no orchestrator runs is answered when an orchestrator starts', async () => {
    const number = someNumber();
    const body = uniqueText('later');
    await parley.process('agent-orchestrator').kill();
    expect((await parley.webhook(parley.inboundParams({ from: number, body }))).status).toBe(200);
    await parley.process('agent-orchestrator').start();
    expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
  });
});

it('a text whose gateway is killed right after the acknowledgement is answered when the next gateway starts', async () => {
  const number = someNumber();
  const body = uniqueText('gateway');
  await parley.nats.stop('kill');
  expect((await parley.webhook(parley.inboundParams({ from: number, body }))).status).toBe(200);
  await parley.process('sms-gateway').kill();
  await parley.nats.start();
  await parley.process('sms-gateway').start();
  expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
});

it('an orchestrator that drains ends its turn and then exits with code 0', async () => {
  const number = someNumber();
  const body = uniqueText('terminated');
  await parley.simulator.model({ mode: 'delay', delayMs: 500, times: 1 });
  await parley.webhook(parley.inboundParams({ from: number, body }));
  await parley.simulator.prompts(body, { count: 1 });
  const exit = await parley.process('agent-orchestrator').stop();
  expect(exit).toMatchObject({ code: 0 });
  await parley.simulator.repliesTo(number, 1);
  await parley.process('agent-orchestrator').start();
  expect(await parley.finalReplies([number])).toEqual([[expect.stringContaining(body)]]);
  expect(await parley.simulator.prompts(body, { waitMs: 0 })).toHaveLength(1);
});
