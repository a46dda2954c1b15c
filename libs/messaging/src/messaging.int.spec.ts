import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { jetstreamManager } from '@nats-io/jetstream';
import { ListMessages, SmsStatusChanged, streams, type DataOf } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { waitUntil } from '@parley/local-stack';
import { RetryableError } from '@parley/resilience';
import { beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { MessageCodec, sourceOf } from './codec/message-codec.js';
import { ContractViolationError, PublishRefusedError } from './errors.js';
import { JetStreamPublisher } from './jetstream/jetstream-publisher.js';
import { Topology } from './jetstream/topology.js';
import { Answers } from './rpc/answers.js';
import { RpcClient } from './rpc/rpc-client.js';
import { RpcFailure, RpcUnavailableError } from './rpc/rpc-errors.js';
import { RpcServer } from './rpc/rpc-server.js';
import { closing, link, linkTo, nats, storeDir, withNats } from './testing/nats.js';

const WAIT = { intervalMs: 5 };
withNats();
beforeEach(() => link.whenConnected());

describe('the publisher', () => {
  const codec = new MessageCodec(DataKeys.parse(`k1:${randomBytes(32).toString('base64')}`));
  const topology = new Topology(1);
  let publisher: JetStreamPublisher;

  beforeEach(() => {
    publisher = new JetStreamPublisher(link, topology);
  });

  function message(id: string = randomUUID()) {
    const data: DataOf<typeof SmsStatusChanged> = SmsStatusChanged.schema.parse(SmsStatusChanged.example);
    const encoded = codec.encode(SmsStatusChanged, data, {
      id,
      source: sourceOf('sms-gateway'),
      time: '2026-01-02T03:04:05.678Z',
    });
    return { ...encoded, messageId: id };
  }

  it('the publisher returns the position of a message, and the stream stores each message id once', async () => {
    const once = message();
    const receipt = await publisher.publish(once);
    const manager = await jetstreamManager(await link.whenConnected());
    const { created, config } = await manager.streams.info('INT');
    expect(receipt).toEqual({ stream: 'INT', sequence: 1, streamCreated: created, duplicate: false });
    expect(await publisher.publish(message())).toMatchObject({ sequence: 2 });
    expect(await publisher.publish(once)).toEqual({ ...receipt, duplicate: true });
    expect(config).toMatchObject({
      subjects: ['int.>'],
      retention: 'limits',
      discard: 'old',
      storage: 'file',
      max_age: streams.int.maxAgeMs * 1_000_000,
      duplicate_window: streams.int.duplicateWindowMs * 1_000_000,
    });
  });

  it('the publisher recognises a stream that was created again by its creation time', async () => {
    const before = await publisher.publish(message());
    const manager = await jetstreamManager(await link.whenConnected());
    await manager.streams.delete('INT');
    await expect(publisher.publish(message())).rejects.toThrow(RetryableError);
    const declared = await publisher.publish(message());
    expect(declared.streamCreated).not.toBe(before.streamCreated);
    await manager.streams.delete('INT');
    // The server removes a stream's files only after its answer. A stream that is created before that can
    // continue their sequence.
    const files = join(storeDir, 'jetstream', '$G', 'streams', 'INT');
    await waitUntil("the deleted stream's files to be gone", () => !existsSync(files), WAIT);
    const created = await topology.ensureStream(await link.whenConnected(), streams.int);
    expect(await publisher.publish(message())).toMatchObject({ sequence: 1, streamCreated: created });
  });

  it("the publisher updates a stream whose configuration differs from the catalogue's", async () => {
    const connection = await link.whenConnected();
    const created = await topology.ensureStream(connection, { ...streams.int, maxAgeMs: 3_600_000 });
    expect(await topology.ensureStream(connection, streams.int)).toBe(created);
    const { config } = await (await jetstreamManager(connection)).streams.info('INT');
    expect(config.max_age).toBe(streams.int.maxAgeMs * 1_000_000);
  });

  it('the publisher throws PublishRefusedError for a message that is too big or has no stream, and RetryableError during an outage', async () => {
    const tooBig = { ...message(), payload: Buffer.alloc(streams.int.maxMessageBytes + 1) };
    await expect(publisher.publish(tooBig)).rejects.toThrow(PublishRefusedError);
    await expect(publisher.publish({ ...message(), subject: 'other.x' })).rejects.toThrow(
      PublishRefusedError,
    );
    await publisher.publish(message());
    await nats.stop('kill');
    await expect(publisher.publish(message())).rejects.toThrow(RetryableError);
    await nats.start();
    await waitUntil('publishing to work again', () => publisher.publish(message()).catch(() => false), WAIT);
  });
});

type Input = z.output<typeof ListMessages.input>;
type Output = z.output<typeof ListMessages.output>;
let answer: (input: Input) => Promise<Output>;

@Controller()
class MessagesResponder {
  @Answers(ListMessages)
  async listMessages(input: Input): Promise<Output> {
    return answer(input);
  }
}

@Module({ controllers: [MessagesResponder] })
class RespondingModule {}

async function startResponder(): Promise<() => Promise<void>> {
  const strategy = new RpcServer(linkTo(), 'agent-orchestrator');
  const app = await NestFactory.createMicroservice(RespondingModule, { strategy, logger: false });
  await app.listen();
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= app.close());
  closing.push(close);
  return close;
}

describe('requests', () => {
  const input: Input = ListMessages.input.parse(ListMessages.exampleInput);
  const output: Output = ListMessages.output.parse(ListMessages.exampleOutput);

  /** Repeats the request until the responder has subscribed. */
  function ask(): Promise<Output> {
    const client = new RpcClient(link);
    return waitUntil(
      'an answer',
      async () => {
        try {
          return { value: await client.request(ListMessages, input) };
        } catch (error) {
          if (error instanceof RpcUnavailableError) return undefined;
          throw error;
        }
      },
      WAIT,
    ).then(({ value }) => value);
  }

  it('the responder receives a request’s data, and the caller the answer’s data', async () => {
    const asked: Input[] = [];
    answer = async (given) => {
      asked.push(given);
      return output;
    };
    await startResponder();
    expect(await ask()).toEqual(output);
    expect(asked).toEqual([input]);
  });

  it.each([
    ['a refusal', new RpcFailure('not-found', 'No such thing'), { code: 'not-found', retryable: false }],
    ['an outage', new RetryableError('Postgres is unavailable'), { code: 'unavailable', retryable: true }],
    ['a bug', new TypeError('x is undefined'), { code: 'internal', retryable: false }],
  ])('the caller of a request gets an error for %s of the responder', async (_what, error, failure) => {
    answer = () => Promise.reject(error);
    await startResponder();
    await expect(ask()).rejects.toMatchObject({ name: 'RpcFailure', ...failure });
  });

  it('a request fails if it or its answer violates the contract', async () => {
    answer = () => Promise.resolve({ data: 'nothing' } as unknown as Output);
    await startResponder();
    await expect(ask()).rejects.toMatchObject({ code: 'internal' });
    const wrong = { ...input, conversationId: 'conv_x' } as unknown as Input;
    await expect(new RpcClient(link).request(ListMessages, wrong)).rejects.toThrow(ContractViolationError);
    const raw = await link.connection()?.request('rpc.orchestrator.list-messages.v1', '{"limit":0}');
    expect(raw?.json()).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  it('a request without an answer in time throws RpcUnavailableError', async () => {
    const client = new RpcClient(link);
    await expect(client.request(ListMessages, input)).rejects.toThrow(RpcUnavailableError);
    answer = async () => output;
    const close = await startResponder();
    await ask();
    let letGo: (() => void) | undefined;
    answer = () => new Promise((resolve) => (letGo = () => resolve(output)));
    await expect(client.request(ListMessages, input, { timeoutMs: 50 })).rejects.toThrow(RpcUnavailableError);
    letGo?.();
    await close();
    await expect(client.request(ListMessages, input)).rejects.toThrow(RpcUnavailableError);
  });

  it('requests in progress are answered before the responder closes', async () => {
    answer = async () => output;
    const close = await startResponder();
    await ask();
    let letGo: (() => void) | undefined;
    answer = () => new Promise((resolve) => (letGo = () => resolve(output)));
    const pending = ask();
    await waitUntil('the request to arrive', () => letGo !== undefined, WAIT);
    const closed = close();
    letGo?.();
    expect(await pending).toEqual(output);
    await closed;
  });
});

describe('the link', () => {
  it('a ping over the NATS link reaches every listening replica, also after an outage of the server', async () => {
    const subject = 'live.agent-orchestrator.turn-due.v1.all';
    const others = [linkTo(), linkTo()];
    const received = [0, 0];
    others.forEach((other, index) =>
      other.onPing(subject, () => (received[index] = (received[index] ?? 0) + 1)),
    );
    await Promise.all(others.map((other) => other.whenConnected()));
    const untilBothHear = (count: number) =>
      waitUntil(
        'both to hear it',
        () => {
          link.ping(subject);
          return received.every((times) => times >= count);
        },
        WAIT,
      );
    await untilBothHear(1);
    await nats.stop('kill');
    await waitUntil('the loss to be noticed', () => link.connection() === undefined, WAIT);
    link.ping(subject);
    await nats.start();
    const before = Math.max(...received);
    await untilBothHear(before + 1);
    expect(Math.min(...received)).toBeGreaterThan(before);
  });

  it('the NATS link raises its epoch at each reconnect', async () => {
    const { epoch } = link;
    await nats.stop('kill');
    await waitUntil('the loss to be noticed', () => link.connection() === undefined, WAIT);
    await nats.start();
    await link.whenConnected();
    expect(link.epoch).toBe(epoch + 1);
  });

  it('a wait for the NATS connection rejects when it is aborted or the link is drained', async () => {
    await nats.stop('kill');
    await waitUntil('the loss to be noticed', () => link.connection() === undefined, WAIT);
    await expect(link.whenConnected(AbortSignal.timeout(20))).rejects.toThrow(/timeout/);
    const waiting = link.whenConnected();
    await Promise.all([expect(waiting).rejects.toThrow(/aborted/), link.drain()]);
  });
});
