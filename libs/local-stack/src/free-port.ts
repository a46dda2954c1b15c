import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range that operating systems take source ports from: a client that keeps dialling a stopped server's
 * port could otherwise be given that very port, connect to itself and keep the server from coming back.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 50;

const given = new Set<number>();

/** A port on 127.0.0.1 that nothing listened on a moment ago; never the same one twice in this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`No free port between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts.`);
}

/** Whether nothing listens on this port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** What a server says whose port was taken, in Postgres' and nats-server's words. */
const PORT_TAKEN = /address already in use/i;
const PORT_ATTEMPTS = 5;

/** Starts a server on the given port, or on free ones until one was really free. */
export async function onFreePort<T>(
  fixed: number | undefined,
  start: (port: number) => Promise<T>,
): Promise<{ port: number; server: T }> {
  for (let attempt = 1; ; attempt++) {
    const port = fixed ?? (await freePort());
    try {
      return { port, server: await start(port) };
    } catch (error) {
      const mayMove = fixed === undefined && error instanceof Error && PORT_TAKEN.test(error.message);
      if (!mayMove || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}
