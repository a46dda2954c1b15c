import type { MigrationInterface } from 'typeorm';
import { describe, expect, it } from 'vitest';

import { Database } from '../database/database.js';
import { MigrationError, SchemaOutdatedError } from '../errors.js';
import { clientOf, migrations, newService, runtimePassword } from '../testing/stack.js';
import { rows } from '../database/transaction.js';
import { migrate } from './migrate.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

const baseMigrations = [
  'CreateOutbox1767225600000',
  'CreateInbox1767225600001',
  'IndexSettlementByPartition1767225600002',
];

describe('migrate', () => {
  it('migrate runs all migrations on a new schema, and none the second time', async () => {
    const service = await newService(postgres);
    expect((await migrate(service)).applied).toEqual([...baseMigrations, 'CreateNote1767225700000']);
    expect((await migrate(service)).applied).toEqual([]);
  });

  it('migrate allows the runtime role to read and write rows, and nothing else', async () => {
    const service = await newService(postgres);
    await migrate(service);
    const runtime = await clientOf(service.databaseUrl);
    await runtime.query("INSERT INTO note (text) VALUES ('a')");
    await runtime.query("UPDATE note SET text = 'b'");
    await runtime.query('DELETE FROM note');
    await runtime.query('SELECT name FROM migrations');
    for (const statement of [
      'CREATE TABLE more (id int)',
      'ALTER TABLE note ADD COLUMN more int',
      'DROP TABLE note',
      'TRUNCATE note',
      'CREATE TABLE public.more (id int)',
      'CREATE SCHEMA more',
      `SET ROLE ${new URL(service.databaseUrl).username}_owner`,
      'DELETE FROM migrations',
    ]) {
      await expect(runtime.query(statement)).rejects.toThrow(/permission denied|must be owner/);
    }
  });

  it('migrate gives the runtime role its time-outs and search path', async () => {
    const service = await newService(postgres);
    await migrate(service);
    const runtime = await clientOf(service.databaseUrl);
    const show = async (name: string): Promise<unknown> =>
      (await runtime.query(`SHOW ${name}`)).rows[0][name];
    expect(await show('idle_in_transaction_session_timeout')).toBe('5s');
    expect(await show('lock_timeout')).toBe('2s');
    expect(await show('statement_timeout')).toBe('5s');
    expect(await show('search_path')).toBe('noted');
  });

  it('migrate gives the service of one schema no access to another schema of the same database', async () => {
    const one = await newService(postgres);
    const databaseUrl = Object.assign(new URL(one.databaseUrl), {
      username: `${new URL(one.databaseUrl).username}_b`,
    }).href;
    const other = { ...one, service: 'other', schema: 'other', databaseUrl };
    await Promise.all([migrate(one), migrate(other)]);
    const runtime = await clientOf(one.databaseUrl);
    await expect(runtime.query('SELECT * FROM other.note')).rejects.toThrow(
      'permission denied for schema other',
    );
  });

  it('migrate can run for several replicas and databases at the same time', async () => {
    const template = await newService(postgres);
    const services = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const { adminUrl } = await newService(postgres);
        // All databases use the same role names, because roles belong to the cluster.
        const { username, password } = new URL(template.databaseUrl);
        return {
          ...template,
          adminUrl,
          databaseUrl: Object.assign(new URL(adminUrl), { username, password }).href,
        };
      }),
    );
    const reports = await Promise.all(services.flatMap((service) => [migrate(service), migrate(service)]));
    const applied = reports.map((report) => report.applied.length);
    expect(applied.filter((count) => count === baseMigrations.length + 1)).toHaveLength(4);
    expect(applied.filter((count) => count === 0)).toHaveLength(4);
    for (const service of services) await (await clientOf(service.databaseUrl)).query('SELECT * FROM note');
  });

  it('migrate works with an administrator who is not a superuser', async () => {
    const service = await newService(postgres);
    const admin = await clientOf(service.adminUrl);
    const url = new URL(service.adminUrl);
    const database = url.pathname.slice(1);
    await admin.query(`CREATE ROLE ${database}_admin LOGIN CREATEROLE PASSWORD 'x'`);
    await admin.query(`GRANT CREATE ON DATABASE ${database} TO ${database}_admin`);
    const adminUrl = Object.assign(new URL(url), { username: `${database}_admin`, password: 'x' }).href;
    await migrate({ ...service, adminUrl });
    await migrate({ ...service, adminUrl });
    const runtime = await clientOf(service.databaseUrl);
    await runtime.query("INSERT INTO note (text) VALUES ('a')");
    await expect(runtime.query('DROP TABLE note')).rejects.toThrow('must be owner');
  });

  it('migrate uses one role for everything, with a warning, when no administrator is given', async () => {
    const { adminUrl, ...service } = await newService(postgres);
    const warnings: string[] = [];
    const databaseUrl = adminUrl;
    await migrate({ ...service, databaseUrl, warn: (line) => warnings.push(line) });
    expect(warnings).toHaveLength(1);
    const database = new Database({ ...service, databaseUrl });
    await database.connect();
    expect(await database.rows('SELECT * FROM note')).toEqual([]);
    await database.close();
  });

  it('migrate runs the seed as the owner, in one transaction', async () => {
    const service = await newService(postgres);
    const seed = {
      ...service,
      seed: async (tx: Parameters<typeof rows>[0]) => {
        await rows(tx, "INSERT INTO note (text) VALUES ('seeded')");
      },
    };
    await migrate(seed);
    const runtime = await clientOf(service.databaseUrl);
    expect((await runtime.query('SELECT text FROM note')).rows).toEqual([{ text: 'seeded' }]);
    await expect(
      migrate({
        ...service,
        seed: async (tx) => {
          await rows(tx, "INSERT INTO note (text) VALUES ('half')");
          throw new Error('broken seed');
        },
      }),
    ).rejects.toThrow('broken seed');
    expect((await runtime.query('SELECT text FROM note')).rows).toHaveLength(1);
  });

  it('migrate fails with messages that name the fault and no password', async () => {
    const service = await newService(postgres);
    const refused = async (changes: Partial<typeof service>, message: RegExp): Promise<void> => {
      const error = await migrate({ ...service, ...changes }).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toBeInstanceOf(MigrationError);
      expect(String(error)).toMatch(message);
      expect(String(error)).not.toContain(' ss');
    };
    const changed = (changes: Partial<URL>): string => Object.assign(new URL(service.adminUrl), changes).href;
    await refused({ adminUrl: changed({ port: '1' }) }, /Cannot connect to Postgres at 127.0.0.1:1 /);
    await refused({ adminUrl: changed({ password: '%ss' }) }, /DATABASE_ADMIN_URL is not a URL/);
    await refused({ adminUrl: 'nonsense' }, /DATABASE_ADMIN_URL is not a URL/);
    await refused({ adminUrl: changed({ pathname: '/other' }) }, /names the database "other"/);
    const admin = await clientOf(service.adminUrl);
    const powerless = `${new URL(service.adminUrl).pathname.slice(1)}_powerless`;
    await admin.query(`CREATE ROLE ${powerless} LOGIN PASSWORD 'x'`);
    await refused(
      { adminUrl: changed({ username: powerless, password: 'x' }) },
      /lacks the rights .* CREATEROLE/,
    );
  });
});

describe('the start of a service', () => {
  class Later1767229999999 implements MigrationInterface {
    async up(): Promise<void> {}
    async down(): Promise<void> {}
  }

  it('a service does not start with a schema that is older than its migrations', async () => {
    const service = await newService(postgres);
    const admin = await clientOf(service.adminUrl);
    await admin.query(
      `CREATE ROLE ${new URL(service.databaseUrl).username} LOGIN PASSWORD '${runtimePassword}'`,
    );
    const empty = new Database(service);
    await expect(empty.connect()).rejects.toThrow(SchemaOutdatedError);
    await empty.close();
    await migrate(service);
    const newer = new Database({ ...service, migrations: [...migrations, Later1767229999999] });
    await expect(newer.connect()).rejects.toThrow('run its migrations first (Later1767229999999)');
    expect(newer.ready).toBe(false);
    await newer.close();
  });

  it('a service starts with a newer schema', async () => {
    const service = await newService(postgres);
    await migrate({ ...service, migrations: [...migrations, Later1767229999999] });
    const older = new Database(service);
    await older.connect();
    expect(older.ready).toBe(true);
    await older.close();
  });
});
