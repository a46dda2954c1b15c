/** The time limits of every session of a runtime role, so that a frozen process holds no locks for longer. */
export const sessionSettings = {
  idle_in_transaction_session_timeout: '5s',
  lock_timeout: '2s',
  statement_timeout: '5s',
} as const;

/** How Postgres plans the services' statements: docs/decisions/0015-plans-use-indexes.md. */
const planSettings = {
  /** Without this, a statement that was planned for a short table would go on scanning it while it grows. */
  enable_seqscan: 'off',
  /** Up to Postgres 17, a disabled scan of a short table looks so expensive that Postgres compiles the statement. */
  jit: 'off',
} as const;

const SCHEMA_NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Returns all these settings and the search path as libpq `options`, so that they apply even if all services
 * share one role.
 * @throws RangeError for a schema whose name would need quoting
 */
export function startupOptions(schema: string): string {
  if (!SCHEMA_NAME.test(schema))
    throw new RangeError(`Schema name "${schema}" must consist of a-z, 0-9 and _, and begin with a letter`);
  const settings = { ...sessionSettings, search_path: schema, ...planSettings };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
