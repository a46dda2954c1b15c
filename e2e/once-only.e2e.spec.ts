import { RunningParley, someNumber } from '@parley/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    // Leases must not expire by themselves, because a turn that is claimed again asks the model again.
    recoveryTimeScale: 0.5,
    replicas: { 'sms-gateway': 2, 'agent-orchestrator': 2 },
  });
});
afterAll(async () => parley?.stop());

describe('a repeated MessageSid', () => {
  it('[S-12] a MessageSid posted 50 times at once to two gateways is one message, one turn and one reply', async () => {
    const number = someNumber();
    const body = `only once ${randomBytes(6).toString('hex')}`;
    const params = parley.inboundParams({ from: number, body });
    const posts = Array.from({ length: 50 }, (_, i) => parley.webhook(params, { replica: i % 2 }));
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    expect(statuses).toEqual(Array.from({ length: 50 }, () => 200));

    await parley.simulator.repliesTo(number, 1);
    await parley.settled();
    expect(await parley.simulator.messages({ to: number, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
    expect(await parley.simulator.prompts(body, { waitMs: 0 })).toHaveLength(1);
    expect(await countOf('inbound', body)).toBe(1);
  });

  it('[S-12] a MessageSid posted again after its answer has no further effect', async () => {
    const number = someNumber();
    const body = `again ${randomBytes(6).toString('hex')}`;
    const params = parley.inboundParams({ from: number, body });
    expect((await parley.webhook(params)).status).toBe(200);
    await parley.simulator.repliesTo(number, 1);
    expect((await parley.webhook(params, { replica: 1 })).status).toBe(200);
    expect((await parley.webhook(params, { replica: 0 })).status).toBe(200);

    await parley.settled();
    expect(await parley.simulator.messages({ to: number, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
    expect(await countOf('inbound', body)).toBe(1);
  });
});

it('[S-12] a text redelivered by JetStream is one message, one turn and one reply', async () => {
  const number = someNumber();
  const body = `redelivered ${randomBytes(6).toString('hex')}`;
  await parley.webhook(parley.inboundParams({ from: number, body }));
  await parley.simulator.repliesTo(number, 1);
  await parley.settled();

  const [row] = await parley.query<{ subject: string; headers: Record<string, string>; payload: Buffer }>(
    `SELECT subject, headers, payload FROM gateway.outbox WHERE subject LIKE 'int.sms.received.%' ORDER BY id DESC LIMIT 1`,
  );
  await republish(row!);
  await parley.settled();
  expect(await parley.simulator.messages({ to: number, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
  expect(await parley.simulator.prompts(body, { waitMs: 0 })).toHaveLength(1);
  expect(await countOf('inbound', body)).toBe(1);
});

describe('many people at once', () => {
  it('[P-04] each of many conversations has its own gapless log, and each text is answered once', async () => {
    const numbers = Array.from({ length: 20 }, () => someNumber());
    const marker = randomBytes(4).toString('hex');
    await Promise.all(
      numbers.map((from, i) =>
        parley.webhook(parley.inboundParams({ from, body: `crowd ${marker} ${i}` }), { replica: i % 2 }),
      ),
    );
    const replies = await parley.finalReplies(numbers);
    expect(replies).toEqual(numbers.map((_, i) => [expect.stringContaining(`crowd ${marker} ${i}"`)]));
    const logs = await parley.query<{ seqs: number[] }>(
      `SELECT array_agg(m.seq::int ORDER BY m.seq) AS seqs FROM orchestrator.message m
        WHERE m.conversation_id IN (SELECT conversation_id FROM orchestrator.message WHERE text LIKE $1) GROUP BY m.conversation_id`,
      [`crowd ${marker} %`],
    );
    expect(logs).toHaveLength(numbers.length);
    for (const { seqs } of logs) expect(seqs).toEqual([1, 2]);
  });

  it('[P-04] the events of a conversation are numbered without a gap', async () => {
    const sequences = await parley.query<{ sequences: number[] }>(
      `SELECT array_agg((headers->>'ce-conversationsequence')::int ORDER BY id) AS sequences
         FROM orchestrator.outbox WHERE subject LIKE 'evt.%' GROUP BY ordering_key`,
    );
    expect(sequences.length).toBeGreaterThan(0);
    for (const { sequences: one } of sequences) expect(one).toEqual(one.map((_, i) => i + 1));
  });
});

async function countOf(direction: 'inbound' | 'outbound', text: string): Promise<number> {
  const [row] = await parley.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM orchestrator.message WHERE direction = $1 AND text = $2',
    [direction, text],
  );
  return row!.count;
}

/** Publishes a message again as the relay did, under another Nats-Msg-Id, because the stream drops a repeated id. */
async function republish({
  subject,
  headers,
  payload,
}: {
  subject: string;
  headers: Record<string, string>;
  payload: Buffer;
}) {
  const connection = await connect({ servers: parley.nats.url });
  try {
    const copy = natsHeaders();
    for (const [name, value] of Object.entries(headers)) copy.set(name, value);
    copy.set('Nats-Msg-Id', `${headers['ce-id']}.again`);
    const ack = await jetstream(connection).publish(subject, payload, { headers: copy });
    const manager = await jetstreamManager(connection);
    await expect
      .poll(
        async () => {
          for await (const consumer of manager.consumers.list('INT')) {
            if (consumer.name.includes('sms-received')) return consumer.ack_floor.stream_seq >= ack.seq;
          }
          return false;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
  } finally {
    await connection.close();
  }
}
