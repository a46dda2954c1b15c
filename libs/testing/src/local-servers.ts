import { type LocalNats, type LocalPostgres, startNats, startPostgres } from '@parley/local-stack';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { placeCluster } from './prepared-cluster.js';
import { testFolder } from './test-folder.js';

/** The server is stored on the global object, because each project of a worker loads this module. */
const SHARED_POSTGRES = Symbol.for('parley.testing.postgres');
const shared = globalThis as { [SHARED_POSTGRES]?: Promise<LocalPostgres> };

/**
 * A real Postgres for one spec file, empty. The files of one test worker use the same server one after the other, since
 * making a cluster costs more than most files do with it; a file may stop, kill and start it.
 */
export async function postgresForTests(): Promise<{ postgres: LocalPostgres; stop: () => Promise<void> }> {
  shared[SHARED_POSTGRES] ??= startOn(join(testFolder('pg'), 'postgres'));
  const postgres = await shared[SHARED_POSTGRES];
  await postgres.start();
  await dropDatabases(postgres);
  return { postgres, stop: async () => undefined };
}

async function startOn(dataDir: string): Promise<LocalPostgres> {
  await placeCluster(dataDir, 'empty');
  return startPostgres({ dataDir, durable: false });
}

/** A real nats-server for one spec file. */
export async function natsForTests(): Promise<{ nats: LocalNats; stop: () => Promise<void> }> {
  const storeDir = testFolder('nats');
  const nats = await startNats({ storeDir });
  return {
    nats,
    stop: async () => {
      await nats.stop('kill');
      rmSync(storeDir, { recursive: true, force: true });
    },
  };
}

/** Drops the databases of the previous spec file, also those with open connections. */
async function dropDatabases(postgres: LocalPostgres): Promise<void> {
  const client = new Client({ connectionString: postgres.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT quote_ident(datname) AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'`,
    );
    for (const { name } of rows) await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}
