import { type IncomingMessage, type Server as HttpServer, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import type { WebSocket, WebSocketServer } from 'ws';
import { type AdmittedCall, MediaAdmission, type MediaRefusal } from '../media-admission.js';

export const MEDIA_PATH = '/media';

/** `/media/{callId}/{token}`: both values are in the path, because Twilio strips a query string. */
const MEDIA_TARGET = /^\/media\/([\w-]{1,64})\/([\w-]{1,128})$/;

/**
 * Twilio's frames have 300 bytes; the limit is generous. No compression, because a zlib state would cost 300 KB per call.
 */
export const mediaSocketOptions = {
  perMessageDeflate: false,
  skipUTF8Validation: true,
  maxPayload: 64 * 1024,
  /** A peer that does not answer our close is disconnected after this time; the default of `ws` is 30 s. */
  closeTimeout: 5_000,
} as const;

/** A refused peer has this long to read the answer; then its connection is closed. */
const REFUSED_LIVES_MS = 1_000;
const REFUSAL_LOG_MS = 1_000;
const ignore = (): void => {};

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

const admittedCalls = new WeakMap<WebSocket, AdmittedCall & { connection: Duplex }>();

/** Returns the call of a media socket, and the connection under it. */
export function admittedCallOf(socket: WebSocket): (AdmittedCall & { connection: Duplex }) | undefined {
  return admittedCalls.get(socket);
}

/**
 * Nest's WebSocket adapter, extended for media sockets. It matches their paths by prefix (Nest matches exactly), admits
 * them before it accepts the upgrade, and keeps their frames out of Nest's message handling. It owns the only upgrade
 * listener and refuses every other path, because Nest's listener would accept a bare `/media`.
 */
export class MediaWsAdapter extends WsAdapter {
  readonly #logger = new Logger(MediaWsAdapter.name);
  readonly #admission: MediaAdmission;
  #mediaServer: WebSocketServer | undefined;
  #refusals = 0;
  #refusalLoggedMs = -REFUSAL_LOG_MS;

  constructor(app: INestApplicationContext) {
    super(app);
    this.#admission = app.get(MediaAdmission, { strict: false });
  }

  override create(port: number, options: Record<string, unknown> & { path?: string }): unknown {
    const server: unknown = super.create(port, options as never);
    if (options.path === MEDIA_PATH) this.#mediaServer = server as WebSocketServer;
    return server;
  }

  /** Does nothing: the gateway reads its frames itself and has no `@SubscribeMessage`. */
  override bindMessageHandlers(): void {}

  protected override ensureHttpServerExists(port: number, httpServer?: HttpServer) {
    if (this.httpServersRegistry.has(port)) return undefined;
    const made = super.ensureHttpServerExists(port, httpServer);
    if (!made) return made;
    // The registry is private in Nest's typings; `dispose` removes the listeners that are registered here.
    const listeners = (this as unknown as { upgradeListenersRegistry: Map<number, UpgradeListener> })
      .upgradeListenersRegistry;
    const nests = listeners.get(port);
    if (!nests)
      throw new TypeError('Nest registered no upgrade listener: this version of Nest is not supported');
    const ours: UpgradeListener = (request, socket, head) => {
      const [, callId, token] = MEDIA_TARGET.exec(request.url ?? '') ?? [];
      if (callId === undefined || token === undefined) {
        socket.on('error', ignore);
        this.#refuse(socket, 404, 'unknown');
      } else void this.#upgrade({ callId, token }, request, socket, head);
    };
    made.off('upgrade', nests);
    made.on('upgrade', ours);
    listeners.set(port, ours);
    return made;
  }

  async #upgrade(
    target: { callId: string; token: string },
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    // The peer may disconnect before we have decided; without a listener the error would end the process.
    socket.on('error', ignore);
    const signature = request.headers['x-twilio-signature'];
    const decision = await this.#admission
      .admit({
        ...target,
        url: request.url ?? '',
        signature: typeof signature === 'string' ? signature : undefined,
      })
      .catch((error: unknown) => {
        this.#logger.error({ err: error }, 'Could not check a media socket; it was refused with 503');
        return { refusal: 503 as const, reason: 'failed' };
      });
    if (socket.destroyed) return;
    if ('refusal' in decision) return this.#refuse(socket, decision.refusal, decision.reason);
    const server = this.#mediaServer;
    if (!server) return this.#refuse(socket, 503, 'no-media-server');
    socket.off('error', ignore);
    server.handleUpgrade(request, socket, head, (client) => {
      admittedCalls.set(client, { ...decision, connection: socket });
      server.emit('connection', client, request);
    });
  }

  #refuse(socket: Duplex, status: MediaRefusal, reason: string): void {
    this.#recordRefusal(status, reason);
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    // Closes our side after a while, because a peer that does not close its side would hold ours open.
    const timer = setTimeout(() => socket.destroy(), REFUSED_LIVES_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Logs refusals at most once a second, because any peer can cause them. */
  #recordRefusal(status: MediaRefusal, reason: string): void {
    this.#refusals += 1;
    const nowMs = performance.now();
    if (nowMs - this.#refusalLoggedMs < REFUSAL_LOG_MS) return;
    this.#logger.warn({ status, reason, refusals: this.#refusals }, 'Refused a media socket');
    this.#refusals = 0;
    this.#refusalLoggedMs = nowMs;
  }
}
