import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { VendorSocket, VendorSockets } from '../vendors/vendor-socket.js';
import { answerError, LogQuery, parse, read } from './control-request.js';

const SocketsQuery = LogQuery.extend({ open: z.enum(['true', 'false']).optional() });

const SocketAction = z.strictObject({
  action: z.enum(['mute', 'unmute', 'close', 'reset']),
  code: z.int().min(1000).max(4999).default(1011),
  reason: z.string().max(100).default(''),
  /** Without it: every socket that is open. */
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

/** What the recogniser and the voice were asked, and their troubles: registered under `/control`. */
export function vendorControlRoutes(vendors: Readonly<Record<'deepgram' | 'elevenlabs', VendorSockets>>) {
  return async function routes(app: FastifyInstance): Promise<void> {
    app.setErrorHandler(answerError);
    for (const [vendor, sockets] of Object.entries(vendors)) {
      app.get(`/${vendor}/sockets`, async (request) => {
        const query = parse(SocketsQuery, request.query);
        const { entries, next } = await read(
          sockets,
          query,
          ({ closed }) => query.open === undefined || (closed === null) === (query.open === 'true'),
        );
        return { sockets: entries.map((socket) => socket.view()), next };
      });
      app.post(`/${vendor}/sockets`, async (request) => {
        const action = parse(SocketAction, request.body);
        const meant = sockets
          .since(0)
          .filter(({ closed, id }) => closed === null && (action.id ?? id) === id);
        for (const socket of meant) act(socket, action);
        return { sockets: meant.map((socket) => socket.view()) };
      });
    }
  };
}
