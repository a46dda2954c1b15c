import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerChat } from './model.js';
import { NO_DELAYS, type VendorDelays } from './stage-messages.js';
import { recognise } from './recogniser.js';
import type { MeasuredTurn, TurnFinder } from './measured-turn.js';
import { speakFor } from './voice.js';

/** Simulates Deepgram, ElevenLabs and a model on one port. The words on a socket show its call. */
export class Vendors implements TurnFinder {
  delays: VendorDelays = NO_DELAYS;
  turns: TurnFinder | undefined;
  /** Audio messages received by recognisers. */
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

  turn(position: { call: number; turn: number }): MeasuredTurn | undefined {
    return this.turns?.turn(position);
  }
}
