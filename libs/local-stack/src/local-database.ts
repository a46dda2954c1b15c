import { createHmac } from 'node:crypto';
import type { LocalPostgres } from './postgres.js';

/** How services reach Postgres. */
export interface DatabaseAccess {
  /** The administrator's URL, for migrations. */
  adminUrl: string;
  /** Returns the URL of a service's runtime role. */
  urlFor(role: string): string;
}

/** A Postgres to use instead of the embedded one. */
export interface GivenDatabase {
  /** The URL of a role that may create roles and schemas in its database. The services' URLs derive from it. */
  databaseAdminUrl?: string | undefined;
  /** The URL of one role for all services and their migrations, used without an admin URL. */
  databaseUrl?: string | undefined;
}

/** Returns the access to the Postgres that the settings name; undefined if they name none. */
export function givenDatabaseAccess({
  databaseAdminUrl,
  databaseUrl,
}: GivenDatabase): DatabaseAccess | undefined {
  if (databaseAdminUrl) return derivedAccess(databaseAdminUrl);
  return databaseUrl ? { adminUrl: databaseUrl, urlFor: () => databaseUrl } : undefined;
}

/** Returns the access to a database of the embedded Postgres; creates the database if it is missing. */
export async function ownDatabaseAccess(postgres: LocalPostgres, name: string): Promise<DatabaseAccess> {
  return derivedAccess(await postgres.createDatabase(name));
}

/** Derives runtime passwords from the administrator's password, so that they need not be stored and do not change. */
function derivedAccess(adminUrl: string): DatabaseAccess {
  const secret = new URL(adminUrl).password || adminUrl;
  return {
    adminUrl,
    urlFor: (role) =>
      Object.assign(new URL(adminUrl), {
        username: role,
        password: createHmac('sha256', secret).update(role).digest('base64url'),
      }).href,
  };
}
