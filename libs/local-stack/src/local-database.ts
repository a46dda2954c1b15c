import { createHmac } from 'node:crypto';
import type { LocalPostgres } from './postgres.js';

/** How services reach Postgres. */
export interface DatabaseAccess {
  /** For migrations. */
  adminUrl: string;
  /** The URL of a service's runtime role. */
  urlFor(role: string): string;
}

/** Which Postgres to use instead of one of our own. */
export interface GivenDatabase {
  /** May create roles and schemas in the database that it names; the services' URLs derive from it. */
  databaseAdminUrl?: string | undefined;
  /** Without an admin URL: the one role that migrates and serves for all. */
  databaseUrl?: string | undefined;
}

/** The access to a Postgres that somebody else runs; `undefined` when none is given. */
export function givenDatabase({ databaseAdminUrl, databaseUrl }: GivenDatabase): DatabaseAccess | undefined {
  if (databaseAdminUrl) return derivedAccess(databaseAdminUrl);
  return databaseUrl ? { adminUrl: databaseUrl, urlFor: () => databaseUrl } : undefined;
}

/** The access to a database of our own Postgres, which is created when missing. */
export async function ownDatabase(postgres: LocalPostgres, name: string): Promise<DatabaseAccess> {
  return derivedAccess(await postgres.createDatabase(name));
}

/** Runtime passwords derive from the admin's, so that they are stored nowhere and the same at every start. */
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
