import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { SpeechVendor } from '../speech-vendors.js';
import type { VendorSocket, VendorSockets } from '../vendors/vendor-socket.js';
import { sendControlError, LogQuery, parseRequest, readLog } from './control-request.js';

const SocketsQuery = LogQuery.extend({ open: z.enum(['true', 'false']).optional() });

const SocketAction = z.strictObject({
  action: z.enum(['mute', 'unmute', 'close', 'reset']),
  code: z.int().min(1000).max(4999).default(1011),
  reason: z.string().max(100).default(''),
  /** Without an id the action applies to every open socket. */
  id: z.string().optional(),
});

function act(socket: VendorSocket, { action, code, reason }: z.output<typeof SocketAction>): void {
  switch (action) {
    case 'mute':
      socket.isMuted = true;
      return;
    case 'unmute':
      socket.isMuted = false;
      return;
    case 'close':
      return socket.end(code, reason);
    case 'reset':
      return socket.end(1006);
  }
}

/** Routes under `/control` that list the sockets to the speech vendors and mute, close or reset them. */
export function vendorControlRoutes(vendors: Readonly<Record<SpeechVendor, VendorSockets>>) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler(sendControlError);
    for (const [vendor, sockets] of Object.entries(vendors)) {
      app.get(`/${vendor}/sockets`, async (request) => {
        const query = parseRequest(SocketsQuery, request.query);
        const { entries, next } = await readLog(
          sockets,
          query,
          ({ closed }) => query.open === undefined || (closed === null) === (query.open === 'true'),
        );
        return { sockets: entries.map((socket) => socket.view()), next };
      });
      app.post(`/${vendor}/sockets`, async (request) => {
        const action = parseRequest(SocketAction, request.body);
        const selected = sockets
          .since(0)
          .filter(({ closed, id }) => closed === null && (action.id ?? id) === id);
        for (const socket of selected) act(socket, action);
        return { sockets: selected.map((socket) => socket.view()) };
      });
    }
  };
}
