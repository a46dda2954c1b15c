import { Client } from 'pg';
import { offersJetStream } from './nats.js';

/** Where a NATS client looks when its URL names no port. */
export const NATS_PORT = 4222;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Says what is wrong with a NATS server that somebody else runs; `undefined` when it serves JetStream. Services connect
 * to NATS for as long as it takes, so that a wrong address would show only in what does not happen.
 */
export async function problemOfNats(natsUrl: string): Promise<string | undefined> {
  for (const server of natsUrl.split(',')) {
    const { hostname, port } = new URL(server.trim());
    if (await offersJetStream(hostname.replace(/^\[|\]$/g, ''), Number(port || NATS_PORT))) return undefined;
  }
  return `no NATS server with JetStream answers at ${withoutPasswords(natsUrl)}`;
}

/** Says what is wrong with a Postgres that somebody else runs; `undefined` when it lets this URL's role in. */
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

/** A host with several addresses fails with an error for each of them, and no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
