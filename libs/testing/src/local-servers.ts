import { type LocalNats, type LocalPostgres, startNats, startPostgres } from '@parley/local-stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Postgres for one spec file. */
export async function postgresForTests(): Promise<{ postgres: LocalPostgres; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-pg-'));
  const postgres = await startPostgres({ dataDir, durable: false });
  return {
    postgres,
    stop: async () => {
      await postgres.stop('immediate');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A real nats-server for one spec file. */
export async function natsForTests(): Promise<{ nats: LocalNats; stop: () => Promise<void> }> {
  const storeDir = mkdtempSync(join(tmpdir(), 'parley-test-nats-'));
  const nats = await startNats({ storeDir, durable: false });
  return {
    nats,
    stop: async () => {
      await nats.stop('kill');
      rmSync(storeDir, { recursive: true, force: true });
    },
  };
}
