import { Client } from 'pg';
import { offersJetStream } from './nats.js';

/** The port of a NATS URL that names none. */
export const NATS_PORT = 4222;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Checks a NATS server that the settings name. Returns what is wrong, or `undefined` when it serves JetStream. Services
 * retry their connection for ever, so they would not report a wrong address themselves.
 */
export async function problemOfNats(natsUrl: string): Promise<string | undefined> {
  for (const server of natsUrl.split(',')) {
    const { hostname, port } = new URL(server.trim());
    if (await offersJetStream(hostname.replace(/^\[|\]$/g, ''), Number(port || NATS_PORT))) return undefined;
  }
  return `no NATS server with JetStream answers at ${withoutPasswords(natsUrl)}`;
}

/** Checks a Postgres that the settings name. Returns what is wrong, or `undefined` when the URL's role can connect. */
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

/** A host with several addresses fails with one error for each address, in an error without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
