/** What every session of a runtime role is bound to; a frozen process holds its locks no longer than this. */
export const sessionSettings = {
  idle_in_transaction_session_timeout: '5s',
  lock_timeout: '2s',
  statement_timeout: '5s',
} as const;

/** A plan that reads a whole table because it was short would be kept for a prepared statement when it has grown. */
const planSettings = { enable_seqscan: 'off' } as const;

const SCHEMA_NAME = /^[a-z][a-z0-9_]*$/;

/**
 * The same settings and the search path as libpq `options`: in force also when all services share one role.
 * @throws RangeError for a schema whose name would need quoting
 */
export function startupOptions(schema: string): string {
  if (!SCHEMA_NAME.test(schema)) throw new RangeError(`"${schema}" is not a plain schema name`);
  const settings = { ...sessionSettings, search_path: schema, ...planSettings };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
