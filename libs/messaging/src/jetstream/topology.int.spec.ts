import { SmsReceived } from '@parley/contracts';
import { expect, it } from 'vitest';
import { DURABLE, streamManager, topology, withJetStream } from '../testing/jetstream.js';
import { link } from '../testing/nats.js';

withJetStream();

it('the topology restores the configuration of a durable consumer that somebody changed', async () => {
  const connection = await link.whenConnected();
  await topology.ensureConsumer(connection, SmsReceived, 'agent-orchestrator');
  const { consumers } = await streamManager();
  const { config } = await consumers.info('INT', DURABLE);
  await consumers.update('INT', DURABLE, { ack_wait: 30_000_000_000, max_ack_pending: 7 });
  await topology.ensureConsumer(connection, SmsReceived, 'agent-orchestrator');
  expect((await consumers.info('INT', DURABLE)).config).toEqual(config);
});
