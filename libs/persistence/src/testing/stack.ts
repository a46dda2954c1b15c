import { DataKeys } from '@parley/encryption';
import type { LocalNats, LocalPostgres } from '@parley/local-stack';
import { JetStreamPublisher, MessageCodec, NatsLink, Topology } from '@parley/messaging';
import { Client } from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { onTestFinished } from 'vitest';

import { Database } from '../database/database.js';
import { migrate } from '../schema/migrate.js';

export const keys = DataKeys.parse(`k1:${Buffer.alloc(32, 1).toString('base64')}`);
export const codec = new MessageCodec(keys);

/** A service's own migration, as an app has it. */
class CreateNote1767225700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)',
    );
    await runner.query('CREATE TABLE counter (key text PRIMARY KEY, value integer NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE note, counter');
  }
}

export const migrations = [CreateNote1767225700000];

export const runtimePassword = 'p:@/%$ ss';

let databases = 0;

/**
 * Creates an empty database and returns the options with which a service `noted` migrates and uses it. No
 * other database uses its roles.
 */
export async function newService(postgres: LocalPostgres) {
  const name = `t${process.pid}_${++databases}`;
  const adminUrl = await postgres.createDatabase(name);
  const databaseUrl = Object.assign(new URL(adminUrl), {
    username: `${name}_noted`,
    password: encodeURIComponent(runtimePassword),
  }).href;
  return { service: 'noted', schema: 'noted', adminUrl, databaseUrl, migrations };
}

/** Like `newService`, with a migrated database that is connected until the test ends. */
export async function connectedService(postgres: LocalPostgres, poolSize?: number) {
  const service = await newService(postgres);
  await migrate(service);
  const database = new Database(poolSize === undefined ? service : { ...service, poolSize });
  onTestFinished(() => database.close());
  await database.connect();
  return { ...service, database };
}

/** Returns a client that is connected until the test ends. */
export async function clientOf(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  onTestFinished(() => client.end());
  await client.connect();
  return client;
}

/** Returns the NATS connection of one process, until the test ends. */
export function linkTo(nats: LocalNats): { link: NatsLink; publisher: JetStreamPublisher } {
  const link = new NatsLink({ name: 'noted', url: nats.url });
  onTestFinished(() => link.drain());
  link.start();
  return { link, publisher: new JetStreamPublisher(link, new Topology(1)) };
}
