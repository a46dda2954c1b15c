import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@parley/local-stack';
import { expect, it, onTestFinished } from 'vitest';
import { NatsLink } from './nats-link.js';

it('the NATS link connects as the user of its URL', async () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'parley-users-'));
  const nats = await startNats({
    storeDir,
    users: [{ name: 'sms-gateway', password: 'p@ss', role: 'service' }],
  });
  const url = `nats://sms-gateway:p%40ss@127.0.0.1:${nats.port}`;
  const link = new NatsLink({ name: 'spec', url });
  onTestFinished(async () => {
    await link.drain();
    await nats.stop('kill');
    rmSync(storeDir, { recursive: true, force: true });
  });
  link.start();
  await link.whenConnected(AbortSignal.timeout(20_000));
  expect(link.connection()?.info?.auth_required).toBe(true);
});
