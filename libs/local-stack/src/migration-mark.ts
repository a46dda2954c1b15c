import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { repositoryRoot } from './checkout.js';

/** One service's migration step. */
export interface Migration {
  script: string;
  env: Readonly<Record<string, string>>;
}

/**
 * Marks the database as migrated by this build, with these settings and files. While the mark matches, the migration
 * steps are skipped, because they take longer than the start of all services. The mark is a comment on the database and
 * on each migration ledger. A dump contains the ledger's comment, so a schema that was dropped or restored is migrated
 * again.
 */
export class MigrationMark {
  constructor(
    private readonly adminUrl: string,
    private readonly migrations: readonly Migration[],
  ) {}

  async holds(): Promise<boolean> {
    return this.#withClient(async (client) => {
      const { rows } = await client.query<{ note: string | null }>(
        `SELECT shobj_description(oid, 'pg_database') AS note FROM pg_database WHERE datname = current_database()
         UNION ALL
         SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE relname = 'migrations' AND relkind = 'r'`,
      );
      const note = await this.#note(client);
      return rows.every((row) => row.note === note);
    });
  }

  /** Stores the mark after the steps have run; stores nothing without permission to write comments. */
  async set(): Promise<void> {
    await this.#withClient(async (client) => {
      const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
      const note = client.escapeLiteral(await this.#note(client));
      const marked = [
        `DATABASE ${client.escapeIdentifier(rows[0]!.name)}`,
        ...(await schemasWithLedger(client)).map((schema) => `TABLE ${ledgerOf(client, schema)}`),
      ];
      for (const each of marked) await client.query(`COMMENT ON ${each} IS ${note}`).catch(() => undefined);
    });
  }

  async #note(client: Client): Promise<string> {
    const hash = createHash('sha256');
    for (const migration of this.migrations) hash.update(inputsOf(migration));
    for (const schema of await ledgersIn(client)) hash.update(schema);
    return `migrated by Parley: ${hash.digest('hex')}`;
  }

  async #withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.adminUrl });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/** Returns the inputs of a migration step, without ports, which change with every start. */
function inputsOf({ script, env }: Migration): string {
  const { username, password } = new URL(env['DATABASE_URL'] ?? 'none:');
  const { PARLEY_DATA_KEYS: dataKeys, AGENTS_FILE: agentsFile } = env;
  const { size, mtimeMs } = statSync(script);
  const build = readFileSync(join(repositoryRoot, 'dist', 'build.json'), 'utf8');
  return JSON.stringify([script, size, mtimeMs, build, username, password, dataKeys, agentFiles(agentsFile)]);
}

/**
 * Returns the agents file and every Markdown file beside it, because each may be a prompt. The migration step reports
 * missing ones.
 */
function agentFiles(file: string | undefined): string[] {
  if (file === undefined || !existsSync(file)) return [];
  const folder = dirname(file);
  const prompts = readdirSync(folder).filter((name) => name.endsWith('.md'));
  return [file, ...prompts.toSorted().map((name) => join(folder, name))]
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => `${path}\n${readFileSync(path, 'utf8')}`);
}

/** Returns the names of the migrations in each schema's ledger. */
async function ledgersIn(client: Client): Promise<string[]> {
  const ledgers: string[] = [];
  for (const schema of await schemasWithLedger(client)) {
    const ledger = await client.query<{ names: string | null }>(
      `SELECT string_agg(name, ',' ORDER BY name) AS names FROM ${ledgerOf(client, schema)}`,
    );
    ledgers.push(`${schema}: ${ledger.rows[0]?.names ?? ''}`);
  }
  return ledgers;
}

async function schemasWithLedger(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ schema: string }>(
    `SELECT schemaname AS schema FROM pg_tables WHERE tablename = 'migrations' ORDER BY 1`,
  );
  return rows.map(({ schema }) => schema);
}

function ledgerOf(client: Client, schema: string): string {
  return `${client.escapeIdentifier(schema)}.migrations`;
}
