import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerChat } from './model.js';
import { NO_DELAYS, type VendorDelays } from './orders.js';
import { recognise } from './recogniser.js';
import type { Turn, TurnFinder } from './turn.js';
import { speakFor } from './voice.js';

/** Deepgram, ElevenLabs and a model on one port. The words that pass a socket show which call it belongs to. */
export class Vendors implements TurnFinder {
  delays: VendorDelays = NO_DELAYS;
  turns: TurnFinder | undefined;
  /** Messages of audio that recognisers received. */
  audioMessages = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      if (request.url === '/v1/chat/completions')
        answerChat(request, response, this.delays, this).catch(() => response.destroy());
      else response.writeHead(404).end();
    });
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on('connection', (ws, request) => {
      ws.on('error', () => undefined);
      if (request.url?.startsWith('/deepgram/'))
        recognise(ws, this.delays, this, () => (this.audioMessages += 1));
      else speakFor(ws, this.delays, this);
    });
  }

  static async listen(): Promise<Vendors> {
    const server = createServer();
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
