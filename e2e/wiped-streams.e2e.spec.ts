import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ model: 'simulated', voice: true });
});
afterAll(async () => parley?.stop());

const uniqueText = (what: string) => `${what} ${randomBytes(6).toString('hex')}`;

describe('JetStream loses all messages', () => {
  it('texts that were published and not yet consumed when JetStream lost all messages are answered, each once', async () => {
    const numbers = Array.from({ length: 5 }, () => someNumber());
    await parley.process('agent-orchestrator').kill();
    for (const from of numbers) await text(from, 'wiped');
    await expect.poll(() => countOf('gateway.outbox WHERE published_at IS NULL')).toBe(0);

    await parley.nats.wipe();
    await parley.nats.start();
    await parley.process('agent-orchestrator').start();

    await expectOneReplyEach(numbers);
  });

  it('each text is answered once while JetStream loses all messages again and again', async () => {
    const numbers = Array.from({ length: 20 }, () => someNumber());
    for (const [place, from] of numbers.entries()) {
      await text(from, 'in between');
      if (place % 7 !== 6) continue;
      await parley.nats.wipe();
      await parley.nats.start();
    }
    await expectOneReplyEach(numbers);
  });
});

describe('nats-server loses unwritten messages', () => {
  it('texts that nats-server lost because they were not yet on its disk are answered, although nothing else is published', async () => {
    const [warm, ...numbers] = Array.from({ length: 5 }, () => someNumber());
    await text(warm!, 'before');
    await expectOneReplyEach([warm!]);
    const losePower = await parley.nats.copyStore();
    await parley.process('agent-orchestrator').kill();
    for (const from of numbers) await text(from, 'never written');
    await expect.poll(() => countOf('gateway.outbox WHERE published_at IS NULL')).toBe(0);

    await losePower();
    await parley.nats.start();
    await parley.process('agent-orchestrator').start();

    await expectOneReplyEach(numbers);
  });

  it('each text is answered once while nats-server loses unwritten messages again and again', async () => {
    const numbers = Array.from({ length: 20 }, () => someNumber());
    let losePower = await parley.nats.copyStore();
    for (const [place, from] of numbers.entries()) {
      await text(from, 'in between');
      if (place % 7 === 2) losePower = await parley.nats.copyStore();
      if (place % 7 !== 6) continue;
      await losePower();
      await parley.nats.start();
    }
    await expectOneReplyEach(numbers);
  });

  it('each text is answered once when nats-server is killed during conversations', async () => {
    const numbers = Array.from({ length: 20 }, () => someNumber());
    for (const [place, from] of numbers.entries()) {
      await text(from, 'killed');
      if (place % 5 !== 4) continue;
      await parley.nats.stop('kill');
      await parley.nats.start();
    }
    await expectOneReplyEach(numbers);
  });
});

async function text(from: string, what: string): Promise<void> {
  const answer = await parley.webhook(parley.inboundParams({ from, body: uniqueText(what) }));
  expect(answer.status).toBe(200);
}

/**
 * Expects one reply for each person. Waits until the publishers have all acknowledgements, so that the next test loses
 * only its own messages.
 */
async function expectOneReplyEach(numbers: readonly string[]): Promise<void> {
  const counts = (await parley.finalReplies(numbers)).map(({ length }) => length);
  expect(counts).toEqual(numbers.map(() => 1));
  for (const schema of ['gateway', 'orchestrator'])
    await expect.poll(() => countOf(`${schema}.outbox_settlement`)).toBe(0);
}

async function countOf(what: string): Promise<number> {
  const [row] = await parley.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${what}`);
  return row!.count;
}
