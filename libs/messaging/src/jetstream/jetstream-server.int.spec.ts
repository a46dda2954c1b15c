import { setImmediate as turn } from 'node:timers/promises';
import { SmsReceived } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { PoisonMessageError, RetryableError } from '@parley/resilience';
import { describe, expect, it } from 'vitest';
import {
  DURABLE,
  failures,
  handleWith,
  streamManager,
  publishAll,
  publisher,
  recorder,
  startConsumer,
  threadId,
  untilAllSettled,
  untilHandled,
  WAIT,
  withJetStream,
} from '../testing/jetstream.js';
import type { MessageContext } from './message-context.js';

withJetStream();

describe('the JetStream server', () => {
  it('the JetStream server gives a handler the data and their context, and acknowledges the message afterwards', async () => {
    const seen: { data: SmsReceived; context: MessageContext }[] = [];
    handleWith(async (data, context) => void seen.push({ data, context }));
    await startConsumer();
    await publishAll(1, 1);
    await waitUntil('the message', () => seen.length === 1, WAIT);
    const [{ data, context }] = seen as [(typeof seen)[0]];
    expect(data).toMatchObject({
      threadId: threadId(0),
      from: '+15550100001',
      text: SmsReceived.example.text,
    });
    expect(context).toMatchObject({ consumer: DURABLE, envelope: { key: threadId(0) } });
    expect(context.isStale(new Date('2026-01-03T03:04:05.000Z'))).toBe(false);
    expect(context.isStale(new Date('2026-01-03T03:04:06.000Z'))).toBe(true);
    await untilAllSettled();
  });

  it('the JetStream server handles the messages of one key one at a time in order, and other keys in parallel', async () => {
    const seen = recorder();
    const busy = new Set<string>();
    let overlaps = 0;
    let mostAtOnce = 0;
    handleWith(async (data) => {
      if (busy.has(data.threadId)) overlaps += 1;
      busy.add(data.threadId);
      mostAtOnce = Math.max(mostAtOnce, busy.size);
      for (let turns = data.threadSeq % 5; turns >= 0; turns -= 1) await turn();
      busy.delete(data.threadId);
      seen.record(data);
    });
    await publishAll(12, 20);
    await startConsumer();
    await untilHandled(seen, 240);
    expect([...seen.byThread.values()]).toEqual(
      Array.from({ length: 12 }, () => Array.from({ length: 20 }, (_, index) => index + 1)),
    );
    expect(overlaps).toBe(0);
    expect(mostAtOnce).toBeGreaterThan(6);
    await untilAllSettled();
  });

  it('after retryable errors of a handler the JetStream server handles all messages in order, without dead letters', async () => {
    const seen = recorder();
    let failing = 6;
    let calls = 0;
    handleWith(async (data) => {
      calls += 1;
      await turn();
      if (failing-- > 0) throw new RetryableError('Postgres is unavailable');
      seen.record(data);
    });
    await publishAll(4, 10);
    await startConsumer();
    await untilHandled(seen, 40);
    await untilAllSettled();
    expect([...seen.byThread.values()]).toEqual(
      Array.from({ length: 4 }, () => Array.from({ length: 10 }, (_, index) => index + 1)),
    );
    expect(calls).toBe(46);
    expect(failures.counts.size).toBe(0);
    expect(failures.deadLetters).toEqual([]);
  });

  it('the JetStream server stores a poison message as a dead letter once, and handles the next message', async () => {
    const seen = recorder();
    handleWith(async (data) => {
      if (data.threadSeq === 1) throw new PoisonMessageError('No such line');
      seen.record(data);
    });
    await startConsumer();
    await publishAll(1, 2);
    await untilHandled(seen, 1);
    await untilAllSettled();
    expect(failures.deadLetters).toMatchObject([{ consumer: DURABLE, error: { message: 'No such line' } }]);
    expect(failures.counts.size).toBe(0);
  });

  it('a message that is not a CloudEvent becomes a dead letter under its position in the stream', async () => {
    const seen = recorder();
    handleWith(async (data) => seen.record(data));
    await startConsumer();
    await publishAll(1, 1);
    const subject = `int.sms.received.v1.${threadId(0)}`;
    const broken = { subject, headers: {}, payload: Buffer.from('?'), messageId: 'x' };
    const { sequence, streamCreated } = await publisher.publish(broken);
    await waitUntil('the dead letter', () => failures.deadLetters.length === 1, WAIT);
    expect(failures.deadLetters[0]?.message).toMatchObject({
      id: `INT:${streamCreated}:${sequence}`,
      subject,
    });
    await untilAllSettled();
  });

  it('a message that fails five times becomes a dead letter; meanwhile its key waits and other keys continue', async () => {
    const seen = recorder();
    let attempts = 0;
    handleWith(async (data) => {
      if (data.threadId === threadId(0) && data.threadSeq === 1) {
        attempts += 1;
        throw new TypeError('a bug');
      }
      seen.record(data);
    });
    await startConsumer();
    await publishAll(2, 3);
    await untilHandled(seen, 3);
    expect(seen.byThread.has(threadId(0))).toBe(false);
    await untilHandled(seen, 5);
    expect(attempts).toBe(5);
    expect(failures.deadLetters).toMatchObject([{ error: { message: 'a bug' } }]);
    expect(seen.byThread.get(threadId(0))).toEqual([2, 3]);
    await untilAllSettled();
  });

  it('the JetStream server tries a message again if its failure could not be counted', async () => {
    const seen = recorder();
    let bugs = 1;
    handleWith(async (data) => {
      if (bugs-- > 0) throw new TypeError('a bug');
      seen.record(data);
    });
    failures.countFailure = async () => {
      throw new RetryableError('Postgres is unavailable');
    };
    await startConsumer();
    await publishAll(1, 1);
    await untilHandled(seen, 1);
    expect(failures.deadLetters).toEqual([]);
    await untilAllSettled();
  });

  it('the JetStream server waits for its handlers when it closes, and gives the other messages back at once', async () => {
    const seen = recorder();
    let letGo: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    handleWith(async (data) => {
      await gate;
      seen.record(data);
    });
    const first = await startConsumer();
    await publishAll(1, 3);
    const manager = await streamManager();
    await waitUntil(
      'all three to be delivered',
      async () => (await manager.consumers.info('INT', DURABLE)).num_ack_pending === 3,
      WAIT,
    );
    const closed = first.close();
    letGo?.();
    await closed;
    expect(seen.byThread.get(threadId(0))).toEqual([1]);
    await startConsumer();
    await untilHandled(seen, 3);
    expect(seen.byThread.get(threadId(0))).toEqual([1, 2, 3]);
    await untilAllSettled();
  });
});
