import type { RunQuery } from './open-work.js';

const UNIQUE_VIOLATION = '23505';

/**
 * Writes a row a second time with `changes`. Returns the unique constraint or index that refuses the copy; undefined if
 * none does.
 */
export async function constraintThatRefusesCopy(
  query: RunQuery,
  { table, where, changes }: { table: string; where: string; changes: Readonly<Record<string, unknown>> },
): Promise<string | undefined> {
  const copy = `INSERT INTO ${table} OVERRIDING SYSTEM VALUE
    SELECT (jsonb_populate_record(original, $1::jsonb)).* FROM ${table} AS original WHERE ${where} LIMIT 1
    RETURNING 1`;
  try {
    const written = await query(copy, [JSON.stringify(changes)]);
    if (written.length === 0) throw new Error(`There is no row to copy in ${table} where ${where}`);
    return undefined;
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    if (code === UNIQUE_VIOLATION) return constraint;
    throw error;
  }
}
