import { Client } from 'pg';
import { hasJetStream } from './nats.js';

/** The port of a NATS URL without a port. */
export const NATS_PORT = 4222;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Returns the problem of a NATS server that the settings name, or undefined if it serves JetStream. Services retry
 * their connection for ever, so they would not report a wrong address themselves.
 */
export async function problemOfNats(natsUrl: string): Promise<string | undefined> {
  for (const server of natsUrl.split(',')) {
    const { hostname, port } = new URL(server.trim());
    if (await hasJetStream(hostname.replace(/^\[|\]$/g, ''), Number(port || NATS_PORT))) return undefined;
  }
  return `no NATS server with JetStream answers at ${withoutPasswords(natsUrl)}`;
}

/** Returns the problem of a Postgres that the settings name, or undefined if the URL's role can connect. */
export async function problemOfPostgres(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return `Postgres cannot be used at ${withoutPasswords(url)} (${reasonOf(error)})`;
  } finally {
    await client.end().catch(() => {});
  }
}

const withoutPasswords = (urls: string) => urls.replaceAll(/\/\/[^/@,]*@/g, '//');

/**
 * Returns the errors of all addresses: a host with several addresses fails with an error that has no message of its
 * own.
 */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
