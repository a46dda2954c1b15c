import type { Client } from 'pg';

import { sleep } from '@parley/resilience';
import { sqlStateOf } from '../database/database-errors.js';
import { MigrationError } from '../errors.js';
import type { DatabaseTarget } from './database-urls.js';
import { scramVerifier } from './scram.js';
import { sessionSettings } from './session-settings.js';

/**
 * The errors of two databases that are set up at the same time: duplicate_object, unique_violation,
 * duplicate_schema, internal_error ("tuple concurrently updated"). Roles belong to the whole cluster, but the
 * lock to one database.
 */
const COLLISION_STATES = new Set(['42710', '23505', '42P06', 'XX000', '40001']);
const COLLISION_ATTEMPTS = 20;
const COLLISION_PAUSE_MS = 25;

/** The role that owns a service's schema and runs its migrations; it cannot log in. */
export function ownerOf(runtimeRole: string): string {
  return `${runtimeRole}_owner`;
}

/**
 * Creates the owner, the runtime role, the schemas and the grants, unless they exist. Unqualified names in
 * the role's statements mean the first schema.
 * @throws MigrationError
 */
export async function setUpRoles(
  admin: Client,
  runtime: DatabaseTarget,
  schemas: readonly [string, ...string[]],
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await setUpOnce(admin, runtime, schemas);
      return;
    } catch (error) {
      if (!COLLISION_STATES.has(sqlStateOf(error) ?? '') || attempt === COLLISION_ATTEMPTS) throw error;
      await sleep(COLLISION_PAUSE_MS * (1 + Math.random()));
    }
  }
}

async function setUpOnce(
  admin: Client,
  runtime: DatabaseTarget,
  schemas: readonly [string, ...string[]],
): Promise<void> {
  const owner = ownerOf(runtime.user);
  const [role, database] = [runtime.user, runtime.database].map((name) => admin.escapeIdentifier(name));
  await createRole(admin, owner, 'NOLOGIN');
  await createRole(admin, runtime.user, 'LOGIN');
  await refusePowerfulRole(admin, runtime.user, owner);
  if (runtime.password !== '') {
    await admin.query(
      `ALTER ROLE ${role} LOGIN PASSWORD ${admin.escapeLiteral(scramVerifier(runtime.password))}`,
    );
  }
  await actAs(admin, owner);
  for (const schema of schemas) await setUpSchema(admin, schema, owner, runtime.user);

  const settings = Object.entries({ ...sessionSettings, search_path: schemas[0] });
  for (const [name, value] of settings) {
    await admin.query(
      `ALTER ROLE ${role} IN DATABASE ${database} SET ${name} = ${admin.escapeLiteral(value)}`,
    );
  }
}

async function setUpSchema(admin: Client, name: string, owner: string, user: string): Promise<void> {
  await createSchema(admin, name, owner);
  const [schema, ownerRole, role] = [name, owner, user].map((each) => admin.escapeIdentifier(each));
  const tables = 'SELECT, INSERT, UPDATE, DELETE ON TABLES';
  const sequences = 'USAGE, SELECT ON SEQUENCES';
  const defaults = `ALTER DEFAULT PRIVILEGES FOR ROLE ${ownerRole} IN SCHEMA ${schema}`;
  await admin.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
  await admin.query(`${defaults} GRANT ${tables} TO ${role}`);
  await admin.query(`${defaults} GRANT ${sequences} TO ${role}`);
}

async function createRole(admin: Client, name: string, attributes: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  if (rowCount === 0) await admin.query(`CREATE ROLE ${admin.escapeIdentifier(name)} ${attributes}`);
}

/**
 * Refuses a superuser or a member of the owner as runtime role, which would have too many rights.
 */
async function refusePowerfulRole(admin: Client, role: string, owner: string): Promise<void> {
  const { rowCount } = await admin.query(
    "SELECT 1 FROM pg_roles WHERE rolname = $1 AND (rolsuper OR pg_has_role($1, $2, 'MEMBER'))",
    [role, owner],
  );
  if (rowCount !== 0)
    throw new MigrationError(
      `DATABASE_URL's role "${role}" is a superuser or a member of "${owner}"; use a role of its own`,
    );
}

/** Makes the administrator a member of the owner. Without superuser rights, only a member may create objects for it. */
async function actAs(admin: Client, owner: string): Promise<void> {
  const { rowCount } = await admin.query("SELECT 1 WHERE pg_has_role(current_user, $1, 'SET')", [owner]);
  if (rowCount === 0) await admin.query(`GRANT ${admin.escapeIdentifier(owner)} TO CURRENT_USER`);
}

/** @throws MigrationError when the schema belongs to another role */
export async function createSchema(admin: Client, schema: string, owner: string): Promise<void> {
  const found = await admin.query<{ owner: string }>(
    'SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1',
    [schema],
  );
  const current = found.rows[0]?.owner;
  if (current === undefined) {
    await admin.query(
      `CREATE SCHEMA ${admin.escapeIdentifier(schema)} AUTHORIZATION ${admin.escapeIdentifier(owner)}`,
    );
  } else if (current !== owner) {
    throw new MigrationError(
      `Schema "${schema}" belongs to role "${current}" instead of "${owner}"; change its owner`,
    );
  }
}
