import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Logger, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { requests, rpcSubjectOf, type RequestContract } from '@parley/contracts';
import { startNats, type LocalNats } from '@parley/local-stack';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NatsLink } from '../link/nats-link.js';
import { Answers } from './answers.js';
import { RpcClient } from './rpc-client.js';
import { RpcServer } from './rpc-server.js';

const MIB = 1_048_576;
const storeDir = mkdtempSync(join(tmpdir(), 'parley-rpc-size-'));
let nats: LocalNats;
let link: NatsLink;
let app: INestMicroservice;
let answer: (contract: RequestContract) => unknown;
const rejections: unknown[] = [];
const recordRejection = (reason: unknown): void => void rejections.push(reason);

@Controller()
class Responder {}
for (const [index, contract] of requests.entries()) {
  const method = `answer${index}`;
  const value = async () => answer(contract);
  const descriptor = { value, configurable: true, writable: true };
  Object.defineProperty(Responder.prototype, method, descriptor);
  Answers(contract)(Responder.prototype, method, descriptor as never);
}

@Module({ controllers: [Responder] })
class RespondingModule {}

beforeAll(async () => {
  Logger.overrideLogger(false);
  process.on('unhandledRejection', recordRejection);
  nats = await startNats({ storeDir });
  link = new NatsLink({ name: 'spec', url: nats.url });
  link.start();
  const connection = await link.whenConnected();
  const strategy = new RpcServer(link, 'agent-orchestrator');
  app = await NestFactory.createMicroservice(RespondingModule, { strategy, logger: false });
  await app.listen();
  await connection.flush();
});
beforeEach(() => {
  rejections.length = 0;
});
afterAll(async () => {
  process.off('unhandledRejection', recordRejection);
  await app.close();
  await link.drain();
  await nats.stop('kill');
  rmSync(storeDir, { recursive: true, force: true });
});

function asked(contract: RequestContract): Promise<unknown> {
  const input: unknown = contract.input.parse(contract.exampleInput);
  return new RpcClient(link).request(contract, input, { timeoutMs: 10_000 });
}

/**
 * Returns the example with a long list or a long text, so that it has about this many bytes.
 */
function grown(example: unknown, bytes: number): unknown {
  if (Array.isArray(example)) {
    const [first = 'x'] = example as unknown[];
    const count = Math.ceil(bytes / Buffer.byteLength(JSON.stringify(first)));
    return Array.from({ length: count }, () => first);
  }
  if (typeof example !== 'object' || example === null) return example;
  const entries = Object.entries(example);
  const list = entries.find(([, value]) => Array.isArray(value) && value.length > 0);
  if (list) return { ...example, [list[0]]: grown(list[1], bytes) };
  return { ...example, ...('text' in example && { text: 'x'.repeat(bytes) }) };
}

describe.each(requests.map((contract) => [rpcSubjectOf(contract), contract] as const))(
  'the answer to %s',
  (_subject, contract) => {
    it('an answer that would grow to 3 MiB fits into a message or is refused, and the responder continues', async () => {
      answer = () => grown(contract.exampleOutput, 3 * MIB);
      const outcome = await asked(contract).then(
        (data) => ({ bytes: Buffer.byteLength(JSON.stringify(data)) }),
        (error: unknown) => ({ error }),
      );
      if ('error' in outcome) {
        expect(outcome.error).toMatchObject({
          name: 'RpcFailure',
          code: expect.stringMatching(/^(too-large|internal)$/) as unknown,
          retryable: false,
        });
      } else {
        expect(outcome.bytes).toBeLessThan(MIB);
      }
      answer = () => contract.exampleOutput;
      await expect(asked(contract)).resolves.toEqual(contract.output.parse(contract.exampleOutput));
      expect(rejections).toEqual([]);
    });
  },
);

describe('an rpc server', () => {
  const [contract] = requests as readonly [RequestContract, ...RequestContract[]];

  it('the refusal of an answer that is too large names its size and the limit', async () => {
    answer = () => grown(contract.exampleOutput, 2 * MIB);
    await expect(asked(contract)).rejects.toThrow(
      /^The answer to rpc\.\S+ takes \d{7} bytes, but a message may take at most 1048576$/,
    );
  });

  it('the rpc server refuses an answer that cannot be encoded as JSON', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    answer = () => ({ data: [], nextCursor: null, hasMore: false, ...cyclic });
    await expect(asked(contract)).rejects.toMatchObject({ code: 'internal' });
    expect(rejections).toEqual([]);
  });

  it('the rpc client refuses to send a request that does not fit into a message', async () => {
    const inboxMissing = requests.find(({ operation }) => operation === 'inbox-missing')!;
    // A control character takes six bytes in JSON.
    const ids = Array.from({ length: 1_000 }, () => '\u0001'.repeat(255));
    const input = { consumer: 'c', ids };
    await expect(new RpcClient(link).request(inboxMissing, input)).rejects.toMatchObject({
      code: 'too-large',
      retryable: false,
    });
  });
});
