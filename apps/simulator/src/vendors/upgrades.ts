import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { FaultSwitches, VendorFault } from '../control/fault-switches.js';
import { limits } from '../limits.js';

/** An upgrade that is answered with something else than 101. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

/** What stands behind a path prefix. */
export interface VendorDoor {
  readonly vendor: 'deepgram' | 'elevenlabs';
  /** Looks at the request, path without the prefix; answers how to go on. */
  check(
    url: URL,
    headers: IncomingMessage['headers'],
  ): Refusal | ((ws: WebSocket, fault?: VendorFault) => void);
  /** A refusal that a fault asks for, in the vendor's words. */
  refuse(fault: VendorFault): Refusal;
}

/** Hands upgrade requests to the vendor that their first path segment names. */
export function acceptUpgrades(server: Server, doors: readonly VendorDoor[], faults: FaultSwitches): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.socketMessageBytes,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://simulator');
    const [, first = ''] = url.pathname.split('/');
    const door = doors.find(({ vendor }) => vendor === first);
    if (!door) return refuse(socket, { status: 404, body: { error: 'not-found' } });
    url.pathname = url.pathname.slice(first.length + 1);
    const checked = door.check(url, request.headers);
    if (typeof checked !== 'function') return refuse(socket, checked);
    const fault = faults.takeForSocket(door.vendor);
    if (fault?.mode === 'hang') return;
    if (fault?.mode === 'refuse') return refuse(socket, door.refuse(fault));
    sockets.handleUpgrade(request, socket, head, (ws) => checked(ws, fault));
  });
}

function refuse(socket: Duplex, { status, headers = {}, body }: Refusal): void {
  const text = JSON.stringify(body);
  const lines = Object.entries({
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${text}`);
  void once(socket, 'finish').then(
    () => socket.destroy(),
    () => {},
  );
}

/** A query as a record; what is repeated becomes a list. */
export function queryOf(url: URL): Record<string, string | string[]> {
  return Object.fromEntries(
    Array.from(new Set(url.searchParams.keys()), (name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}
