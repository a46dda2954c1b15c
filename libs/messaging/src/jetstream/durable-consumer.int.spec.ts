import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { nanos } from '@nats-io/transport-node';
import { freePort, startNats, waitUntil } from '@parley/local-stack';
import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startFreezableProxy } from '../testing/freezable-proxy.js';
import {
  consumerInfo,
  DURABLE,
  failures,
  handleWith,
  streamManager,
  publish,
  publishAll,
  recorder,
  startConsumer,
  threadId,
  topology,
  untilAllSettled,
  untilHandled,
  WAIT,
  withJetStream,
} from '../testing/jetstream.js';
import { closing, link, linkTo, nats } from '../testing/nats.js';
import { JetStreamPublisher } from './jetstream-publisher.js';

withJetStream();

describe('a durable consumer', () => {
  it('a durable consumer declares its stream and itself again after JetStream was wiped, and handles new messages', async () => {
    const seen = recorder();
    handleWith(async (data) => seen.record(data));
    await startConsumer();
    await publishAll(1, 1);
    const before = await publish(0, 2);
    await untilHandled(seen, 2);
    await nats.wipe();
    await nats.start();
    await waitUntil('the connection to come back', () => link.connection() !== undefined, WAIT);
    const after = await publish(0, 3);
    expect(after.streamCreated).not.toBe(before.streamCreated);
    expect(after.sequence).toBe(1);
    await untilHandled(seen, 3);
    await untilAllSettled();
  });

  it.each([
    [new NotReadyYetError('Postgres has not answered yet'), 0],
    [new RetryableError('Postgres is unavailable'), 1],
  ])(
    'a durable consumer logs that a dependency is unavailable only if the dependency answered before: %s',
    async (error, warnings) => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      onTestFinished(() => warn.mockRestore());
      const seen = recorder();
      let failing = 3;
      handleWith(async (data) => {
        if (failing-- > 0) throw error;
        seen.record(data);
      });
      await startConsumer();
      await publishAll(1, 1);
      await untilHandled(seen, 1);
      expect(warn.mock.calls.filter(([text]) => String(text).startsWith('Reading pauses'))).toHaveLength(
        warnings,
      );
    },
  );

  it.each(['stream', 'consumer'])(
    'a durable consumer declares a deleted %s again while it stays connected',
    async (what) => {
      const seen = recorder();
      handleWith(async (data) => seen.record(data));
      await startConsumer();
      await publishAll(1, 1);
      await untilHandled(seen, 1);
      const { streams, consumers } = await streamManager();
      if (what === 'stream') await streams.delete('INT');
      else await consumers.delete('INT', DURABLE);
      await waitUntil('the message to be taken', () => publish(0, 2).catch(() => undefined), WAIT);
      await waitUntil('its delivery', () => seen.byThread.get(threadId(0))?.includes(2), WAIT);
      await untilAllSettled();
      expect(failures.deadLetters).toEqual([]);
    },
  );

  it('a durable consumer that starts before its server connects once the server runs', async () => {
    const port = await freePort();
    const seen = recorder();
    handleWith(async (data) => seen.record(data));
    const lateLink = linkTo(`nats://127.0.0.1:${port}`);
    await startConsumer(lateLink);
    const latePublisher = new JetStreamPublisher(lateLink, topology);
    await expect(publish(0, 1, latePublisher)).rejects.toThrow(RetryableError);
    const lateDir = mkdtempSync(join(tmpdir(), 'parley-messaging-'));
    const late = await startNats({ storeDir: lateDir, port });
    try {
      await lateLink.whenConnected();
      await publish(0, 2, latePublisher);
      await untilHandled(seen, 1);
    } finally {
      await closing.pop()?.();
      await closing.pop()?.();
      await late.stop('kill');
      rmSync(lateDir, { recursive: true, force: true });
    }
  });

  it('an acknowledgement for a deleted stream does not count for a message of the stream that replaced it', async () => {
    const seen = recorder();
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let failing = 1;
    handleWith(async (data) => {
      if (data.threadSeq === 1) await gate;
      else if (failing-- > 0) throw new RetryableError('Postgres is unavailable');
      seen.record(data);
    });
    await startConsumer();
    await publishAll(1, 1);
    const untilHeld = () =>
      waitUntil('it to be held', async () => (await consumerInfo())?.num_ack_pending === 1, WAIT);
    await untilHeld();
    await nats.wipe();
    await nats.start();
    await waitUntil('the connection to come back', () => link.connection() !== undefined, WAIT);
    expect((await publish(0, 2)).sequence).toBe(1);
    await untilHeld();
    letGo();
    // The handler gives the new message back once. If the old acknowledgement counted for that
    // message, the server would not deliver it again.
    await untilHandled(seen, 2);
    expect(seen.byThread.get(threadId(0))).toEqual([1, 2]);
    await untilAllSettled();
  });

  it('another process gets the messages that a frozen process holds, including messages delivered during the freeze', async () => {
    const proxy = await startFreezableProxy(nats.port);
    closing.push(() => proxy.close());
    const seen = recorder();
    let isFrozen = false;
    let thaw!: () => void;
    const thawed = new Promise<void>((resolve) => (thaw = resolve));
    handleWith(async (data) => {
      // Only the other process receives messages while the first one is frozen.
      if (!isFrozen) await thawed;
      seen.record(data);
    });
    await startConsumer(linkTo(proxy.url));
    await publishAll(4, 1);
    const untilState = (held: number, requests: number) =>
      waitUntil(
        `${held} messages to be held and ${requests} requests to be open`,
        async () => {
          const info = await consumerInfo();
          return info?.num_ack_pending === held && info.num_waiting === requests;
        },
        WAIT,
      );
    await untilState(4, 1);
    await startConsumer();
    await untilState(4, 2);
    proxy.freeze();
    isFrozen = true;
    const threads = Array.from({ length: 24 }, (_, index) => index + 4);
    await Promise.all(threads.map((thread) => publish(thread, 1)));
    let held = 0;
    await waitUntil(
      'all to be handled or held',
      async () => (held = (await consumerInfo())?.num_ack_pending ?? 0) + seen.count() === 28,
      WAIT,
    );
    expect(held).toBeGreaterThan(4);
    await untilHandled(seen, 28);
    // The server measures the ack wait, because the clock of this process would also count a stall of the machine.
    expect((await consumerInfo())!.config.ack_wait).toBe(nanos(5_000));
    expect([...seen.byThread.keys()].toSorted()).toEqual(
      Array.from({ length: 28 }, (_, thread) => threadId(thread)),
    );
    isFrozen = false;
    thaw();
    proxy.thaw();
    await untilAllSettled();
  });
});
