import type { RunQuery } from './open-work.js';

/** A row of the database as text, with its bytes read as characters. */
export interface StoredRow {
  /** The table's name with its schema. */
  readonly table: string;
  readonly row: string;
}

/** Returns every row of these schemas that contains one of the words, to show that no secret is readable. */
export async function storedRowsWith(
  query: RunQuery,
  schemas: readonly string[],
  words: readonly string[],
): Promise<StoredRow[]> {
  const tables = await query<{ table: string; bytes: string[] }>(
    `SELECT format('%I.%I', table_schema, table_name) AS table,
       array_remove(array_agg(CASE WHEN data_type = 'bytea' THEN column_name::text END), NULL) AS bytes
     FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1`,
    [schemas],
  );
  const found: StoredRow[] = [];
  for (const { table, bytes } of tables) {
    const readable = bytes.map((column) => `'${column}', encode("${column}", 'escape')`).join(', ');
    const rows = await query<{ row: string }>(
      `SELECT row FROM ${table} AS stored,
         LATERAL (SELECT (to_jsonb(stored) || jsonb_build_object(${readable}))::text AS row) AS text
       WHERE EXISTS (SELECT FROM unnest($1::text[]) AS word WHERE position(word in row) > 0)`,
      [words],
    );
    found.push(...rows.map(({ row }) => ({ table, row })));
  }
  return found;
}
