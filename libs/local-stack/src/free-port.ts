import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range of source ports. A client that keeps connecting to the port of a stopped server could otherwise get
 * that port as its source port, connect to itself, and block the server's restart.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 50;

const issued = new Set<number>();

/** Returns a port of 127.0.0.1 on which nothing listens, and never the same port twice. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (issued.has(port) || !(await isPortFree(port))) continue;
    issued.add(port);
    return port;
  }
  throw new Error(`No free port between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts.`);
}

/** Whether nothing listens on this port of 127.0.0.1. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Matches the error of Postgres and nats-server about a port in use. */
const PORT_TAKEN = /address already in use/i;
const PORT_ATTEMPTS = 5;

/**
 * Starts a server on the given port, or else on a free port. Another program may take a free port first, so several are
 * tried.
 */
export async function startOnFreePort<T>(
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
