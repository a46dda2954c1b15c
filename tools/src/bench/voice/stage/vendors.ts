import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerAsModel } from './model.js';
import { NO_DELAYS, type VendorDelays } from './stage-messages.js';
import { simulateRecogniser } from './recogniser.js';
import type { MeasuredTurn, TurnFinder } from './measured-turn.js';
import { simulateVoice } from './voice.js';

/** Simulates Deepgram, ElevenLabs and a model on one port. The words on a socket show its call. */
export class SimulatedVendors implements TurnFinder {
  delays: VendorDelays = NO_DELAYS;
  turns: TurnFinder | undefined;
  /** Audio messages received by recognisers. */
  audioMessages = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      if (request.url === '/v1/chat/completions')
        answerAsModel(request, response, this.delays, this).catch(() => response.destroy());
      else response.writeHead(404).end();
    });
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    sockets.on('connection', (ws, request) => {
      ws.on('error', () => undefined);
      if (request.url?.startsWith('/deepgram/'))
        simulateRecogniser(ws, this.delays, this, () => (this.audioMessages += 1));
      else simulateVoice(ws, this.delays, this);
    });
  }

  static async listen(): Promise<SimulatedVendors> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new SimulatedVendors(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  turn(position: { call: number; turn: number }): MeasuredTurn | undefined {
    return this.turns?.turn(position);
  }
}
