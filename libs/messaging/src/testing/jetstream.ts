import { randomBytes, randomUUID } from 'node:crypto';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { jetstreamManager, type ConsumerInfo } from '@nats-io/jetstream';
import { durableOf, SmsReceived } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { waitUntil } from '@parley/local-stack';
import { afterEach, beforeEach } from 'vitest';
import { MessageCodec, sourceOf } from '../codec/message-codec.js';
import { FailedMessages, type FailedMessage } from '../failed-messages.js';
import { OnFact } from '../jetstream/handlers.js';
import { JetStreamPublisher } from '../jetstream/jetstream-publisher.js';
import { DurableHandlers } from '../jetstream/durable-handlers.js';
import { JetStreamServer } from '../jetstream/jetstream-server.js';
import type { MessageContext } from '../jetstream/message-context.js';
import { Topology } from '../jetstream/topology.js';
import type { NatsLink } from '../link/nats-link.js';
import { closing, link, nats, withNats } from './nats.js';

export const DURABLE = durableOf(SmsReceived, 'agent-orchestrator');
export const WAIT = { intervalMs: 5 };
export const topology = new Topology(1);
const codec = new MessageCodec(DataKeys.parse(`k1:${randomBytes(32).toString('base64')}`));

type Handle = (data: SmsReceived, context: MessageContext) => Promise<void>;
let handle: Handle;

/** Sets the handler of all consumers, including consumers that were started before. */
export function handleWith(handler: Handle): void {
  handle = handler;
}

@Controller()
class SmsConsumer {
  @OnFact(SmsReceived)
  async onSmsReceived(data: SmsReceived, context: MessageContext): Promise<void> {
    await handle(data, context);
  }
}

@Module({ controllers: [SmsConsumer] })
class TestModule {}

export class FailuresInMemory extends FailedMessages {
  readonly counts = new Map<string, number>();
  readonly deadLetters: { consumer: string; message: FailedMessage; error: unknown }[] = [];

  async countFailure(consumer: string, message: FailedMessage): Promise<number> {
    const count = (this.counts.get(`${consumer} ${message.id}`) ?? 0) + 1;
    this.counts.set(`${consumer} ${message.id}`, count);
    return count;
  }

  async storeDeadLetter(consumer: string, message: FailedMessage, error: unknown): Promise<void> {
    this.deadLetters.push({ consumer, message, error });
  }
}

export let failures: FailuresInMemory;
export let publisher: JetStreamPublisher;

/** Gives each test of a spec file a nats-server without streams, a link to it and a publisher. */
export function withJetStream(): void {
  withNats();

  beforeEach(() => {
    failures = new FailuresInMemory();
    publisher = new JetStreamPublisher(link, topology);
  });

  afterEach(() => nats.wipe());
}

export async function startConsumer(over: NatsLink = link): Promise<INestMicroservice> {
  const strategy = new JetStreamServer({
    service: 'agent-orchestrator',
    link: over,
    topology,
    codec,
    failedMessages: failures,
    handlers: new DurableHandlers(),
  });
  const app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  await app.listen();
  closing.push(() => app.close());
  return app;
}

export function threadId(index: number): SmsReceived['threadId'] {
  return `thr_01k9wm3v7hq2b8yjr5xet6c${String(index).padStart(3, '0')}` as SmsReceived['threadId'];
}

export function publish(thread: number, threadSeq: number, by: JetStreamPublisher = publisher) {
  const data = { ...SmsReceived.schema.parse(SmsReceived.example), threadId: threadId(thread), threadSeq };
  const message = codec.encode(SmsReceived, data, {
    id: `evt_${randomUUID()}`,
    source: sourceOf('sms-gateway'),
    time: '2026-01-02T03:04:05.678Z',
  });
  return by.publish({ ...message, messageId: message.id });
}

/** Publishes `perThread` texts on each thread, all threads in parallel. */
export async function publishAll(threads: number, perThread: number): Promise<void> {
  await link.whenConnected();
  for (let seq = 1; seq <= perThread; seq += 1) {
    await Promise.all(Array.from({ length: threads }, (_, thread) => publish(thread, seq)));
  }
}

export async function streamManager() {
  return jetstreamManager(await link.whenConnected());
}

/** Reads the consumer's state from the server; undefined until the consumer exists. */
export async function consumerInfo(): Promise<ConsumerInfo | undefined> {
  const { consumers } = await streamManager();
  return consumers.info('INT', DURABLE).catch(() => undefined);
}

/** Waits until the server has no message for the consumer, delivered or not. */
export async function untilAllSettled(): Promise<void> {
  const manager = await streamManager();
  await waitUntil(
    'all messages to be settled',
    async () => {
      const info = await manager.consumers.info('INT', DURABLE);
      return info.num_pending === 0 && info.num_ack_pending === 0;
    },
    WAIT,
  );
}

/** Records the handled messages by thread. */
export function recorder() {
  const byThread = new Map<string, number[]>();
  return {
    byThread,
    record: (data: SmsReceived) => {
      byThread.set(data.threadId, [...(byThread.get(data.threadId) ?? []), data.threadSeq]);
    },
    count: () => [...byThread.values()].reduce((sum, seqs) => sum + seqs.length, 0),
  };
}

export function untilHandled(recorded: { count: () => number }, count: number): Promise<unknown> {
  return waitUntil(`${count} messages to be handled`, () => recorded.count() >= count, WAIT);
}
