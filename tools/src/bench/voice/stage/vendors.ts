import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { NO_DELAYS, type VendorDelays } from './orders.js';
import { recognise } from './recogniser.js';
import type { Turn, TurnFinder } from './turn.js';
import { speakFor } from './voice.js';

/** Deepgram and ElevenLabs on one port. Which call a socket belongs to shows in the words that pass it. */
export class Vendors implements TurnFinder {
  delays: VendorDelays = NO_DELAYS;
  turns: TurnFinder | undefined;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on('connection', (ws, request) => {
      ws.on('error', () => undefined);
      if (request.url?.startsWith('/deepgram/')) recognise(ws, this.delays, this);
      else speakFor(ws, this.delays, this);
    });
  }

  static async listen(): Promise<Vendors> {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Vendors(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  turn(place: { call: number; turn: number }): Turn | undefined {
    return this.turns?.turn(place);
  }
}
