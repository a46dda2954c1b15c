import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import { type NatsConnection, PermissionViolationError, connect } from '@nats-io/transport-node';
import { SERVICES, SendSms, accessOf, durableOf, streams } from '@parley/contracts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { NatsUser } from './nats-users.js';
import { type LocalNats, startNats } from './nats.js';

const users: NatsUser[] = [
  ...SERVICES.map((name) => ({ name, password: name, role: 'service' as const })),
  { name: 'events', password: 'events', role: 'subscriber' },
];

describe('a user of a local nats-server', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'parley-users-'));
  let nats: LocalNats;

  beforeAll(async () => {
    nats = await startNats({ storeDir, users });
    const orchestrator = await connected('agent-orchestrator');
    const manager = await jetstreamManager(orchestrator, { checkAPI: false });
    for (const { name, subjects } of Object.values(streams))
      await manager.streams.add({ name, subjects: [...subjects] });
    await orchestrator.close();
  });
  afterAll(async () => {
    await nats.stop('kill');
    rmSync(storeDir, { recursive: true, force: true });
  });

  async function connected(user: string, inboxPrefix = `_INBOX_${user}`): Promise<NatsConnection> {
    return connect({ servers: nats.url, user, pass: user, inboxPrefix, noAsyncTraces: true });
  }

  async function as(user: string): Promise<NatsConnection> {
    const connection = await connected(user);
    onTestFinished(() => connection.close());
    return connection;
  }

  /** Returns the server's refusal, or undefined if the user may publish to the subject. */
  async function refusedPublish(connection: NatsConnection, subject: string): Promise<string | undefined> {
    const refusal = violation(connection);
    connection.publish(subject, '');
    await connection.flush();
    // The client reports errors in a later turn of the event loop.
    await setImmediate();
    return refusal();
  }

  async function refusedSubscription(connection: NatsConnection, subject: string): Promise<boolean> {
    const refusal = new Promise<boolean>((resolve) => {
      connection.subscribe(subject, {
        callback: (error) => resolve(error instanceof PermissionViolationError),
      });
    });
    await connection.flush();
    return Promise.race([refusal, setImmediate(false)]);
  }

  describe('the user events', () => {
    it('the NATS user events may subscribe to public events', async () => {
      expect(await refusedSubscription(await as('events'), 'evt.>')).toBe(false);
    });

    it.each([
      '>',
      'rpc.>',
      'rpc.orchestrator.list-messages.v1',
      'cmd.>',
      'int.>',
      'live.>',
      '_INBOX.>',
      '$JS.>',
    ])('the NATS user events may not subscribe to %s', async (subject) => {
      expect(await refusedSubscription(await as('events'), subject)).toBe(true);
    });

    it.each([
      'evt.message.sent.v1.conv_1',
      'int.sms.received.v1.thr_1',
      'cmd.sms.send.v1.thr_1',
      'rpc.orchestrator.list-messages.v1',
      'live.voice.turn.v1.call_1',
      '$JS.API.STREAM.DELETE.EVT',
      '$JS.API.STREAM.PURGE.EVT',
      '$JS.API.STREAM.MSG.GET.INT',
      '$JS.API.CONSUMER.CREATE.CMD.mine.cmd.sms.send.v1.*',
      '$JS.API.CONSUMER.MSG.NEXT.INT.agent-orchestrator_int-sms-received_v1',
    ])('the NATS user events may not publish to %s', async (subject) => {
      expect(await refusedPublish(await as('events'), subject)).toContain(subject);
    });
  });

  describe.each(SERVICES)('%s', (service) => {
    const access = accessOf(service);
    const others = SERVICES.filter((other) => other !== service).map(accessOf);

    it("a service's NATS user may do all that the catalogue says", async () => {
      const connection = await as(service);
      const manager = await jetstreamManager(connection, { checkAPI: false });
      for (const subject of access.publishes)
        expect(await refusedPublish(connection, subject.replaceAll('*', 'x'))).toBeUndefined();
      for (const subject of access.subscribes)
        expect(await refusedSubscription(connection, subject)).toBe(false);
      for (const kind of access.streams) await manager.streams.info(streams[kind].name);
      for (const { kind, durable, filter } of access.consumes) {
        const stream = streams[kind].name;
        await manager.consumers.add(stream, {
          durable_name: durable,
          filter_subject: filter,
          ack_policy: AckPolicy.Explicit,
        });
        await manager.consumers.info(stream, durable);
        expect(
          await refusedPublish(connection, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`),
        ).toBeUndefined();
        expect(await refusedPublish(connection, `$JS.ACK.${stream}.${durable}.1.1.1.1.0`)).toBeUndefined();
      }
    });

    it("a service's NATS user may not publish another service's messages or answer its requests", async () => {
      const connection = await as(service);
      const own = new Set([...access.publishes, ...access.subscribes]);
      for (const subject of others.flatMap(({ publishes }) => publishes).filter((each) => !own.has(each)))
        expect(await refusedPublish(connection, subject.replaceAll('*', 'x')), subject).toBeDefined();
      for (const subject of others.flatMap(({ subscribes }) => subscribes).filter((each) => !own.has(each)))
        expect(await refusedSubscription(connection, subject), subject).toBe(true);
    });

    it("a service's NATS user may not read another service's messages or answers", async () => {
      const connection = await as(service);
      for (const { kind, durable, filter } of others.flatMap(({ consumes }) => consumes)) {
        const stream = streams[kind].name;
        for (const subject of [
          `$JS.API.CONSUMER.CREATE.${stream}.${durable}.${filter}`,
          `$JS.API.CONSUMER.CREATE.${stream}.${durable}`,
          `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${durable}`,
          `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
          `$JS.API.STREAM.MSG.GET.${stream}`,
          `$JS.API.DIRECT.GET.${stream}`,
        ])
          expect(await refusedPublish(connection, subject), subject).toBeDefined();
      }
      const inboxes = SERVICES.filter((other) => other !== service).map((other) => `_INBOX_${other}.>`);
      for (const subject of ['>', 'cmd.>', 'int.>', 'evt.>', '_INBOX.>', ...inboxes])
        expect(await refusedSubscription(connection, subject), subject).toBe(true);
    });

    it("a service's NATS user may not widen the filter of its own consumer", async () => {
      const connection = await as(service);
      for (const { kind, durable } of access.consumes)
        expect(
          await refusedPublish(
            connection,
            `$JS.API.CONSUMER.CREATE.${streams[kind].name}.${durable}.${kind}.>`,
          ),
        ).toBeDefined();
    });
  });

  it("a service's NATS user may answer a request with many messages", async () => {
    const [gateway, orchestrator] = [await as('sms-gateway'), await as('agent-orchestrator')];
    orchestrator.subscribe('rpc.orchestrator.list-messages.v1', {
      callback: (_, message) => {
        for (let index = 0; index < 50; index++) message.respond(String(index));
      },
    });
    await orchestrator.flush();
    const answers = await gateway.requestMany('rpc.orchestrator.list-messages.v1', '', {
      strategy: 'count',
      maxMessages: 50,
      maxWait: 10_000,
    });
    const texts: string[] = [];
    for await (const answer of answers) texts.push(answer.string());
    expect(texts).toHaveLength(50);
  });

  it("the NATS user of voice-bridge may not consume the gateway's commands", async () => {
    const voice = await jetstreamManager(await as('voice-bridge'), { checkAPI: false });
    const stolen = voice.consumers.add('CMD', {
      durable_name: durableOf(SendSms, 'sms-gateway'),
      ack_policy: AckPolicy.Explicit,
    });
    await expect(stolen).rejects.toThrow(/permission/i);
  });
});

/** Collects the server's errors. After a flush, the error of an earlier publish has arrived. */
function violation(connection: NatsConnection): () => string | undefined {
  let refusal: string | undefined;
  void (async () => {
    for await (const status of connection.status())
      if (status.type === 'error') refusal = status.error.message;
  })();
  return () => refusal;
}
