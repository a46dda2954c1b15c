import pg from 'pg';

/** A statement as the code under test sent it. */
export interface SentStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** How much a statement reads, as counted by `EXPLAIN (ANALYZE, BUFFERS)`. */
export interface ReadCost {
  /** Rows and index entries that its scans read, including those that a filter removed. */
  readonly rows: number;
  /** Blocks read from memory or disk. */
  readonly blocks: number;
  /** The tables that were read from end to end. */
  readonly wholeTables: readonly string[];
}

const CONTROL = /^\s*(BEGIN|COMMIT|ROLLBACK|LOCK|SET|DEALLOCATE)\b/i;

/** Records each statement that this process sends while `work` runs, once for each text. */
export async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent = new Map<string, SentStatement>();
  const { prototype } = pg.Client as unknown as {
    prototype: { query: (this: unknown, ...args: unknown[]) => unknown };
  };
  const original = prototype.query;
  prototype.query = function recorded(this: unknown, ...args: unknown[]) {
    const [query, values] = args as [string | { text?: string; values?: unknown[] }, unknown];
    const text = typeof query === 'string' ? query : (query.text ?? '');
    const given = typeof query === 'string' ? values : query.values;
    if (text !== '' && !CONTROL.test(text) && !sent.has(text)) {
      sent.set(text, { text, values: Array.isArray(given) ? given : [] });
    }
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return [...sent.values()];
}

const DUPLICATE_KEY = '23505';

/** Fills a service's schema as the administrator, and measures how much of it the service's statements read. */
export class StatementPlans {
  private constructor(private readonly client: pg.Client) {}

  static async open(adminUrl: string, schema: string): Promise<StatementPlans> {
    const client = new pg.Client({
      connectionString: adminUrl,
      options: `-c search_path=${schema} -c enable_seqscan=off`,
    });
    await client.connect();
    return new StatementPlans(client);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async run(sql: string, values: unknown[] = []): Promise<void> {
    await this.client.query(sql, values);
  }

  /**
   * Returns the problems of a statement's plans: with its values and also without them, as Postgres may plan it from
   * the sixth run on.
   */
  async findings(statement: SentStatement, limits: ReadLimits): Promise<string[]> {
    const found: string[] = [];
    for (const generic of [false, true]) {
      const { rows, blocks, wholeTables } = await this.costOf(statement, { generic });
      const long = wholeTables.filter((table) => !limits.shortTables.includes(table));
      const plan = `${generic ? 'generic' : 'custom'} plan of ${statement.text}`;
      if (long.length > 0) found.push(`reads all of ${long.join(', ')}: ${plan}`);
      if (rows > limits.rows) found.push(`reads ${rows} rows: ${plan}`);
      if (blocks > limits.blocks) found.push(`reads ${blocks} blocks: ${plan}`);
    }
    return found;
  }

  /** Runs a statement again and rolls it back. A statement that only adds an existing row reads nothing else. */
  async costOf({ text, values }: SentStatement, { generic }: { generic: boolean }): Promise<ReadCost> {
    const { client } = this;
    await client.query('BEGIN');
    try {
      const mode = generic ? 'force_generic_plan' : 'force_custom_plan';
      await client.query(`SET LOCAL plan_cache_mode = ${mode}`);
      await client.query(`PREPARE explained AS ${text}`);
      const args = values.length > 0 ? `(${values.map(literalOf).join(', ')})` : '';
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE explained${args}`,
      );
      return costIn(rows[0]!['QUERY PLAN'][0].Plan);
    } catch (error) {
      if ((error as { code?: string }).code !== DUPLICATE_KEY) throw error;
      return { rows: 0, blocks: 0, wholeTables: [] };
    } finally {
      await client.query('ROLLBACK');
      await client.query('DEALLOCATE ALL');
    }
  }
}

export interface ReadLimits {
  readonly rows: number;
  readonly blocks: number;
  /** Tables that never grow, or that are empty in the test; they may be read from end to end. */
  readonly shortTables: readonly string[];
}

function costIn(plan: PlanNode): ReadCost {
  const scans = scansOf(plan);
  return {
    rows: scans.reduce((sum, node) => sum + rowsReadBy(node), 0),
    blocks: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0),
    wholeTables: scans.filter((node) => node['Node Type'] === 'Seq Scan').map(nameOf),
  };
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

function scansOf(node: PlanNode): PlanNode[] {
  const own = node['Node Type'].endsWith('Scan') && node['Relation Name'] !== undefined ? [node] : [];
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)];
}

function rowsReadBy(node: PlanNode): number {
  const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return Math.round((node['Actual Rows'] + removed) * node['Actual Loops']);
}

function nameOf(node: PlanNode): string {
  return node['Relation Name'] ?? '';
}

function literalOf(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : pg.escapeLiteral(textOf(value));
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map(elementOf).join(',')}}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return `"${textOf(value).replaceAll(/["\\]/g, (char) => `\\${char}`)}"`;
}
