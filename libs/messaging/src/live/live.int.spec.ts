import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CallAlive,
  CancelVoiceTurn,
  subjectOf,
  VoiceTurn,
  type VoiceTurnChunk,
  type VoiceTurnEnd,
} from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { RetryableError } from '@parley/resilience';
import { beforeEach, describe, expect, it } from 'vitest';
import { ContractViolationError } from '../errors.js';
import { RpcFailure, RpcUnavailableError } from '../rpc/rpc-errors.js';
import { AnswersLive, OnLive } from './answers-live.js';
import type { LiveAnswer } from './live-answer.js';
import { LiveClient, type AskOptions, type LivePart } from './live-client.js';
import { LiveServer } from './live-server.js';
import { closing, link, linkTo, nats, withNats } from '../testing/nats.js';

const WAIT = { intervalMs: 5 };
/** Waits longer than a slow machine may stand still, so that only silence that a test causes counts. */
const PATIENT = { silenceMs: 30_000, silenceOnceBegunMs: 30_000 };
const turn = VoiceTurn.input.parse(VoiceTurn.exampleInput);
const chunk = VoiceTurn.chunk.parse(VoiceTurn.exampleChunk);
const end = VoiceTurn.end.parse(VoiceTurn.exampleEnd);
const subject = subjectOf(VoiceTurn, turn.callId);

withNats();
beforeEach(() => link.whenConnected());

type Script = (given: VoiceTurn, answer: LiveAnswer<typeof VoiceTurn>) => Promise<VoiceTurnEnd>;

/** Starts a replica of the orchestrator that answers with the test's function and records what it received. */
async function startReplica(script: Script) {
  const asked: VoiceTurn[] = [];
  const cancelled: CancelVoiceTurn[] = [];
  const alive: CallAlive[] = [];

  @Controller()
  class Responder {
    @AnswersLive(VoiceTurn)
    async turn(given: VoiceTurn, answer: LiveAnswer<typeof VoiceTurn>): Promise<VoiceTurnEnd> {
      asked.push(given);
      return script(given, answer);
    }
    @OnLive(CancelVoiceTurn)
    cancel(data: CancelVoiceTurn): void {
      cancelled.push(data);
    }
    @OnLive(CallAlive)
    callAlive(data: CallAlive): void {
      alive.push(data);
    }
  }
  @Module({ controllers: [Responder] })
  class ReplicaModule {}

  const own = linkTo();
  const connection = await own.whenConnected();
  const strategy = new LiveServer(own, 'agent-orchestrator');
  const app = await NestFactory.createMicroservice(ReplicaModule, { strategy, logger: false });
  await app.listen();
  await connection.flush();
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= app.close());
  closing.push(close);
  return { asked, cancelled, alive, close };
}

/** Answers the request with these frames. */
async function rawResponder(frames: readonly unknown[]): Promise<void> {
  const connection = await linkTo().whenConnected();
  connection.subscribe(subject, {
    callback: (_, message) => {
      for (const frame of frames) message.respond(JSON.stringify(frame));
    },
  });
  await connection.flush();
}

async function partsOf(options: AskOptions = PATIENT): Promise<LivePart<typeof VoiceTurn>[]> {
  const parts: LivePart<typeof VoiceTurn>[] = [];
  for await (const part of new LiveClient(link).ask(VoiceTurn, turn, options)) parts.push(part);
  return parts;
}

/** Gives an answer that does not end before the test ends. */
function untilTheTestEnds(): Promise<VoiceTurnEnd> {
  return new Promise((resolve) => closing.push(async () => resolve(end)));
}

const word = (text: string): VoiceTurnChunk => ({ ...chunk, text });

describe('a streamed answer', () => {
  it('the parts of a streamed answer arrive in order, and the replica receives the request’s data', async () => {
    const words = Array.from({ length: 500 }, (_, i) => word(`${i} `));
    const { asked } = await startReplica(async (_, answer) => {
      for (const each of words) answer.send(each);
      return end;
    });
    expect(await partsOf()).toEqual([
      ...words.map((data) => ({ kind: 'chunk', data })),
      { kind: 'end', data: end },
    ]);
    expect(asked).toEqual([turn]);
  });

  it('an answer fails as too large when a part does not fit into a message, and the next answer arrives whole', async () => {
    const { asked } = await startReplica(async (_, answer) => {
      answer.send(word('first'));
      if (asked.length === 1) answer.send(word('x'.repeat(1_100_000)));
      return end;
    });
    const parts = new LiveClient(link).ask(VoiceTurn, turn, PATIENT);
    expect((await parts.next()).value).toMatchObject({ data: { text: 'first' } });
    await expect(parts.next()).rejects.toMatchObject({ name: 'RpcFailure', code: 'too-large' });
    expect(await partsOf()).toHaveLength(2);
  });

  it('a live request that does not fit into a message is refused as too large', async () => {
    const large = { ...turn, said: 'x'.repeat(1_100_000) };
    const parts = new LiveClient(link).ask(VoiceTurn, large, PATIENT);
    await expect(parts.next()).rejects.toMatchObject({ name: 'RpcFailure', code: 'too-large' });
  });

  it('the parts of a streamed answer arrive while it is produced', async () => {
    let goOn = (): void => {};
    await startReplica(async (_, answer) => {
      answer.send(word('first'));
      await new Promise<void>((resolve) => (goOn = resolve));
      return end;
    });
    const parts = new LiveClient(link).ask(VoiceTurn, turn, PATIENT);
    expect((await parts.next()).value).toMatchObject({ data: { text: 'first' } });
    goOn();
    expect((await parts.next()).value).toMatchObject({ kind: 'end' });
    expect(await parts.next()).toEqual({ value: undefined, done: true });
  });

  it('each live request is answered by one of two replicas', async () => {
    const replicas = [await startReplica(async () => end), await startReplica(async () => end)];
    for (let i = 0; i < 20; i++) await partsOf();
    const counts = replicas.map(({ asked }) => asked.length);
    expect(counts.reduce((sum, n) => sum + n)).toBe(20);
  });

  it('a streamed answer sends signs of life while it has no part to send', async () => {
    await startReplica(untilTheTestEnds);
    const connection = await link.whenConnected();
    const kinds: unknown[] = [];
    connection.subscribe('spec.inbox', { callback: (_, message) => void kinds.push(message.json()) });
    connection.publish(subject, JSON.stringify(turn), { reply: 'spec.inbox' });
    await waitUntil('three signs of life', () => kinds.length >= 3, WAIT);
    expect(kinds.slice(0, 3)).toEqual([0, 1, 2].map((n) => ({ kind: 'alive', n })));
  }, 60_000);

  it.each([
    ['a refusal', new RpcFailure('lane-lost', 'Another holds it'), { code: 'lane-lost', retryable: false }],
    ['an outage', new RetryableError('Postgres is unavailable'), { code: 'unavailable', retryable: true }],
    ['a bug', new TypeError('x is undefined'), { code: 'internal', retryable: false }],
  ])(
    'the caller of a live request gets an error for %s of the replica, even after the first part of the answer',
    async (_, error, failure) => {
      await startReplica(async (_given, answer) => {
        answer.send(word('I '));
        throw error;
      });
      await expect(partsOf()).rejects.toMatchObject({ name: 'RpcFailure', ...failure });
    },
  );

  it('a live request fails if it or its answer violates the contract', async () => {
    await startReplica(async (_, answer) => {
      answer.send({ ...chunk, text: '' });
      return end;
    });
    await expect(partsOf()).rejects.toMatchObject({ code: 'internal' });
    const wrong = { ...turn, turnNo: 0 };
    await expect(new LiveClient(link).ask(VoiceTurn, wrong).next()).rejects.toThrow(ContractViolationError);
  });
});

describe('the failure of an answer', () => {
  it('a live request fails at once when no service listens', async () => {
    await expect(partsOf()).rejects.toThrow(RpcUnavailableError);
  });

  it('a streamed answer fails when a part is missing', async () => {
    await rawResponder([
      { kind: 'chunk', n: 0, data: word('a') },
      { kind: 'chunk', n: 2, data: word('c') },
      { kind: 'end', n: 3, data: end },
    ]);
    const received: string[] = [];
    const asking = async () => {
      for await (const part of new LiveClient(link).ask(VoiceTurn, turn, PATIENT)) {
        if (part.kind === 'chunk') received.push(part.data.text);
      }
    };
    await expect(asking()).rejects.toThrow('frame 1 is missing');
    expect(received).toEqual(['a']);
  });

  it('a streamed answer fails when no first part arrives in time', async () => {
    await rawResponder([{ kind: 'alive', n: 0 }]);
    await expect(partsOf({ ...PATIENT, silenceMs: 100 })).rejects.toThrow('its frames stopped arriving');
  });

  it('a streamed answer whose parts stop after the first fails, but only after a longer silence', async () => {
    await rawResponder([{ kind: 'chunk', n: 0, data: word('a') }]);
    const patience = { silenceMs: 100, silenceOnceBegunMs: 500 };
    const parts = new LiveClient(link).ask(VoiceTurn, turn, patience);
    await parts.next();
    const begunAt = performance.now();
    await expect(parts.next()).rejects.toThrow('its frames stopped arriving');
    expect(performance.now() - begunAt).toBeGreaterThan(300);
  });

  it('a streamed answer does not time out when the requesting process is blocked while the last parts arrive', async () => {
    let goOn = (): void => {};
    await startReplica(async (_, answer) => {
      answer.send(word('a'));
      await new Promise<void>((resolve) => (goOn = resolve));
      return end;
    });
    const parts = new LiveClient(link).ask(VoiceTurn, turn, { ...PATIENT, silenceOnceBegunMs: 2_000 });
    await parts.next();
    goOn();
    // The end is on its way into our socket while nothing here can read it.
    await new Promise((resolve) => setImmediate(resolve));
    const standstill = performance.now() + 2_500;
    while (performance.now() < standstill);
    expect((await parts.next()).value).toMatchObject({ kind: 'end' });
  });

  it('a streamed answer fails at its deadline, even if signs of life arrive', async () => {
    await startReplica(untilTheTestEnds);
    await expect(partsOf({ ...PATIENT, deadlineMs: 50 })).rejects.toThrow('longer than 50 ms');
  });

  it('a streamed answer fails when a message is not a frame', async () => {
    await rawResponder(['hello']);
    await expect(partsOf()).rejects.toThrow('not a frame of a streamed answer');
  });

  it('a streamed answer ends without an error when the caller aborts it', async () => {
    await startReplica(async (_, answer) => {
      answer.send(word('a'));
      return untilTheTestEnds();
    });
    const stop = new AbortController();
    const received: LivePart<typeof VoiceTurn>[] = [];
    for await (const part of new LiveClient(link).ask(VoiceTurn, turn, { ...PATIENT, signal: stop.signal })) {
      received.push(part);
      stop.abort();
    }
    expect(received).toHaveLength(1);
  });
});

describe('a live message', () => {
  it('a live message reaches every replica or one of them, as its contract defines', async () => {
    const replicas = [await startReplica(async () => end), await startReplica(async () => end)];
    const client = new LiveClient(link);
    const cancel = CancelVoiceTurn.schema.parse(CancelVoiceTurn.example);
    const alive = CallAlive.schema.parse(CallAlive.example);
    client.send(CallAlive, alive);
    client.send(CancelVoiceTurn, cancel);
    await waitUntil('both to hear it', () => replicas.every(({ cancelled }) => cancelled.length > 0), WAIT);
    expect(replicas.flatMap(({ cancelled }) => cancelled)).toEqual([cancel, cancel]);
    expect(replicas.flatMap((replica) => replica.alive)).toEqual([alive]);
  });

  it('sending a live message throws if it violates its contract, but does not throw while NATS is unavailable', async () => {
    const client = new LiveClient(link);
    const cancel = CancelVoiceTurn.schema.parse(CancelVoiceTurn.example);
    expect(() => client.send(CancelVoiceTurn, { ...cancel, attempt: 0 })).toThrow(ContractViolationError);
    await nats.stop('kill');
    await waitUntil('the loss to be noticed', () => link.connection() === undefined, WAIT);
    client.send(CancelVoiceTurn, cancel);
  });
});

it('the live server aborts answers that take too long at shutdown, and refuses them as retryable', async () => {
  const { close, asked } = await startReplica(
    (_, answer) =>
      new Promise((_resolve, reject) => {
        answer.signal.addEventListener('abort', () => reject(new RetryableError('shutting down')));
      }),
  );
  const pending = partsOf();
  await waitUntil('the request to arrive', () => asked.length > 0, WAIT);
  await Promise.all([
    expect(pending).rejects.toMatchObject({ code: 'unavailable', retryable: true }),
    close(),
  ]);
}, 60_000);
