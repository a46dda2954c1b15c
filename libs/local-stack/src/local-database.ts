import { createHmac } from 'node:crypto';
import type { LocalPostgres } from './postgres.js';

/** How services reach Postgres. */
export interface DatabaseAccess {
  /** For migrations. */
  adminUrl: string;
  /** The URL of a service's runtime role. */
  urlFor(role: string): string;
}

/** A Postgres to use instead of the embedded one. */
export interface GivenDatabase {
  /** A role that may create roles and schemas in its database. The services' URLs derive from it. */
  databaseAdminUrl?: string | undefined;
  /** One role for all services and their migrations, used without an admin URL. */
  databaseUrl?: string | undefined;
}

/** The access to the Postgres that the settings name; `undefined` when they name none. */
export function givenDatabase({ databaseAdminUrl, databaseUrl }: GivenDatabase): DatabaseAccess | undefined {
  if (databaseAdminUrl) return derivedAccess(databaseAdminUrl);
  return databaseUrl ? { adminUrl: databaseUrl, urlFor: () => databaseUrl } : undefined;
}

/** The access to a database of the embedded Postgres. Creates the database when it is missing. */
export async function ownDatabase(postgres: LocalPostgres, name: string): Promise<DatabaseAccess> {
  return derivedAccess(await postgres.createDatabase(name));
}

/** Runtime passwords derive from the administrator's password: they are not stored and do not change between starts. */
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
