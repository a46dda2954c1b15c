import type { IncomingMessage } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { WebSocketServer } from 'ws';
import { AllowedOrigins } from '../allowed-origins.js';

export const CHAT_PATH = '/v1/chat';
export const CHAT_PROTOCOL = 'parley.chat.v1';

/**
 * The longest message takes 24 KB as escaped JSON. No compression, because a zlib state would cost 300 KB per socket.
 */
export const chatSocketOptions = {
  perMessageDeflate: false,
  maxPayload: 32 * 1024,
  /** A client that does not answer our close is disconnected after this time; the default of `ws` is 30 s. */
  closeTimeout: 5_000,
  /** A client names its session token as the other protocol; the answer never repeats it. */
  handleProtocols: (names: ReadonlySet<string>) => names.has(CHAT_PROTOCOL) && CHAT_PROTOCOL,
} as const;

interface Upgrade {
  readonly origin: string | undefined;
  readonly req: IncomingMessage;
}

/** Nest's WebSocket adapter, extended for chats: it refuses pages of other origins, and leaves frames to `ServeClient`. */
export class ChatWsAdapter extends WsAdapter {
  readonly #origins: AllowedOrigins;

  constructor(app: INestApplicationContext) {
    super(app);
    this.#origins = app.get(AllowedOrigins, { strict: false });
  }

  override create(port: number, options: Record<string, unknown>): unknown {
    const verifyClient = (
      { origin, req }: Upgrade,
      decide: (isAllowed: boolean, status?: number) => void,
    ): void => {
      if (!this.#origins.allows(origin)) decide(false, 403);
      else decide(protocolsOf(req).has(CHAT_PROTOCOL), 400);
    };
    return super.create(port, { ...options, verifyClient } as never);
  }

  /** Nest would log each error, and any client can cause one. `ws` closes the socket of an error. */
  override bindErrorHandler(server: WebSocketServer): WebSocketServer {
    return server.on('connection', (socket) => socket.on('error', () => undefined));
  }

  /** The gateway reads its frames itself: it has no `@SubscribeMessage`. */
  override bindMessageHandlers(): void {}
}

/** The sub-protocols that a client names: ours, and its session token. */
export function protocolsOf({ headers }: IncomingMessage): ReadonlySet<string> {
  const names = headers['sec-websocket-protocol'] ?? '';
  return new Set(names.split(',').map((name) => name.trim()));
}
