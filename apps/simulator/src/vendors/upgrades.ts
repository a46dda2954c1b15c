import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ScriptedFaults, VendorFault } from '../control/scripted-faults.js';
import { limits } from '../limits.js';
import type { SpeechVendor } from '../speech-vendors.js';

/** The answer to a refused upgrade. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: object;
}

/** A simulated vendor, served below its path prefix. */
export interface VendorEndpoint {
  readonly vendor: SpeechVendor;
  /**
   * Checks an upgrade request, whose path no longer has the vendor's prefix. Returns a refusal, or a function that takes the
   * socket.
   */
  check(
    url: URL,
    headers: IncomingMessage['headers'],
  ): UpgradeRefusal | ((ws: WebSocket, fault?: VendorFault) => void);
  /** Returns the refusal of a scripted fault in the vendor's format. */
  refuse(fault: VendorFault): UpgradeRefusal;
}

/** Passes each upgrade request to the vendor that the first segment of the path names. */
export function acceptUpgrades(
  server: Server,
  endpoints: readonly VendorEndpoint[],
  faults: ScriptedFaults,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.socketMessageBytes,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const url = new URL(request.url ?? '/', 'http://simulator');
    const [, first = ''] = url.pathname.split('/');
    const endpoint = endpoints.find(({ vendor }) => vendor === first);
    if (!endpoint) return refuse(socket, { status: 404, body: { error: 'not-found' } });
    url.pathname = url.pathname.slice(first.length + 1);
    const checked = endpoint.check(url, request.headers);
    if (typeof checked !== 'function') return refuse(socket, checked);
    const fault = faults.takeForSocket(endpoint.vendor);
    if (fault?.mode === 'hang') return;
    if (fault?.mode === 'refuse') return refuse(socket, endpoint.refuse(fault));
    sockets.handleUpgrade(request, socket, head, (ws) => checked(ws, fault));
  });
}

function refuse(socket: Duplex, { status, headers = {}, body }: UpgradeRefusal): void {
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

/** Returns the query as a record; a repeated parameter becomes a list. */
export function queryToRecord(url: URL): Record<string, string | string[]> {
  return Object.fromEntries(
    Array.from(new Set(url.searchParams.keys()), (name) => {
      const values = url.searchParams.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}
