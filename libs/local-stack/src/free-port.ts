import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Ports below the range of source ports. A client that keeps connecting to the port of a stopped server could otherwise
 * get this port as its own source port, connect to itself, and block the server's restart.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 50;

const issued = new Set<number>();

/** A port of 127.0.0.1 on which nothing listens. This process gets no port twice. */
export async function freePort(): Promise<number> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (issued.has(port) || !(await isFree(port))) continue;
    issued.add(port);
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

/** How Postgres and nats-server report that their port is in use. */
const PORT_TAKEN = /address already in use/i;
const PORT_ATTEMPTS = 5;

/** Starts a server on the given port; without one, tries free ports, which another program may take first. */
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
