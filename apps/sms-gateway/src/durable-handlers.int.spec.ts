import { catalogue, durableOf, typeOf, type Contract } from '@parley/contracts';
import { DurableHandlers, MessageCodec, sourceOf } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { endsBeforeItsTransactions } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SERVICE } from './gateway.module.js';
import { RunningGateway } from './testing/running-gateway.js';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await RunningGateway.start();
});
afterAll(async () => gateway.stop());

const consumed = catalogue
  .filter(({ consumers }) => consumers.includes(SERVICE))
  .map((contract) => [typeOf(contract), contract] as const);

describe('a durable handler', () => {
  it.each(consumed)('the handler of %s ends after its transaction', async (_type, contract: Contract) => {
    const data = contract.schema.parse(contract.example);
    const source = sourceOf('spec');
    const message = gateway
      .get(MessageCodec)
      .encode(contract, data, { id: newId('evt'), source, time: new Date().toISOString() });
    const handle = () => gateway.get(DurableHandlers).handle(durableOf(contract, SERVICE), message);
    expect(await endsBeforeItsTransactions(gateway.get(Transactions), handle)).toBe(false);
  });
});
