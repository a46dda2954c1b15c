import { MigrationError } from '../errors.js';

/** The role and the database that a URL names. */
export interface DatabaseTarget {
  readonly url: string;
  /** `host:port`, for messages. */
  readonly server: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Reads a database URL. @throws MigrationError that names the variable */
export function readDatabaseUrl(variable: string, url: string): DatabaseTarget {
  const target = parse(url);
  if (!target)
    throw new MigrationError(`${variable} is not a URL like postgres://user:password@host:port/database`);
  if (target.user === '')
    throw new MigrationError(`${variable} names no user; write postgres://user:password@host:port/database`);
  return target;
}

function parse(url: string): DatabaseTarget | undefined {
  try {
    const { protocol, hostname, port, username, password, pathname } = new URL(url);
    if (protocol !== 'postgres:' && protocol !== 'postgresql:') return undefined;
    const user = decodeURIComponent(username);
    return {
      url,
      server: `${hostname}:${port || '5432'}`,
      user,
      password: decodeURIComponent(password),
      database: decodeURIComponent(pathname.slice(1)) || user,
    };
  } catch {
    return undefined;
  }
}
