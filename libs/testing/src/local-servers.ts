import { type LocalNats, type LocalPostgres, startNats, startPostgres } from '@parley/local-stack';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { copyPreparedCluster } from './prepared-cluster.js';
import { testFolder } from './test-folder.js';

/** On the global object, because each project of a worker loads this module again. */
const SHARED_POSTGRES = Symbol.for('parley.testing.postgres');
const shared = globalThis as { [SHARED_POSTGRES]?: Promise<LocalPostgres> };

/**
 * Returns an empty Postgres for one spec file. The files of one worker use the same server one after the other, because
 * making a cluster takes longer than most files need. A file may stop, kill and start the server.
 */
export async function postgresForTests(): Promise<LocalPostgres> {
  shared[SHARED_POSTGRES] ??= startOn(join(testFolder('pg'), 'postgres'));
  const postgres = await shared[SHARED_POSTGRES];
  await postgres.start();
  await dropDatabases(postgres);
  return postgres;
}

async function startOn(dataDir: string): Promise<LocalPostgres> {
  await copyPreparedCluster(dataDir, 'empty');
  return startPostgres({ dataDir, durable: false });
}

/** Starts a nats-server for one spec file. */
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

/** Drops the databases of the previous spec file, even those with open connections. */
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
