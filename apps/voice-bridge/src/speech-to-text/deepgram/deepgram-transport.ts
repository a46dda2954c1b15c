import type { DeepgramTransport, DeepgramTransportFactory, DeepgramTransportMessage } from '@deepgram/sdk';
import { type RawData, WebSocket } from 'ws';

const HANDSHAKE_TIMEOUT_MS = 5_000;
const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Runs the SDK over our own `ws` without compression, whose state would cost more memory than the rest of a call. */
export const deepgramTransport: DeepgramTransportFactory = (url, headers) => new WsTransport(url, headers);

class WsTransport implements DeepgramTransport {
  readonly #socket: WebSocket;

  constructor(url: string, headers: Record<string, string>) {
    this.#socket = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      maxPayload: MAX_MESSAGE_BYTES,
    });
    // Ignores errors after the close: the SDK removes its listeners when it closes the socket, and `ws` may still fail
    // then.
    this.#socket.on('error', () => undefined);
  }

  send(data: DeepgramTransportMessage): void {
    if (data instanceof Blob) throw new TypeError('a Blob cannot be sent: send audio as bytes');
    this.#socket.send(data);
  }

  onOpen(listener: () => void): void {
    this.#socket.on('open', listener);
  }

  onMessage(listener: (message: DeepgramTransportMessage) => void): void {
    this.#socket.on('message', (data: RawData) => listener(textOf(data)));
  }

  onError(listener: (error: Error) => void): void {
    this.#socket.on('error', listener);
  }

  onClose(listener: (event: { code: number; reason: string }) => void): void {
    this.#socket.on('close', (code, reason) => listener({ code, reason: reason.toString('utf8') }));
  }

  isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  close(): void {
    this.#socket.close();
  }
}

function textOf(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString('utf8')
    : Buffer.from(data as Buffer).toString('utf8');
}
