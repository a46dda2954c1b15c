import { randomBytes } from 'node:crypto';

/** A media socket of a client that does not follow Twilio's protocol. */
export class MisusedMediaSocket {
  readonly #streamSid = `MZ${randomBytes(16).toString('hex')}`;
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(private readonly socket: WebSocket) {
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    );
  }

  /** Opens a media socket; resolves to undefined when it is refused. */
  static async open(url: string, signature: string): Promise<MisusedMediaSocket | undefined> {
    const socket = new WebSocket(url, { headers: { 'x-twilio-signature': signature } });
    const media = new MisusedMediaSocket(socket);
    return new Promise((resolve) => {
      socket.addEventListener('open', () => resolve(media));
      socket.addEventListener('error', () => resolve(undefined));
    });
  }

  start(accountSid: string, callSid: string): void {
    const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
    const start = { accountSid, callSid, streamSid: this.#streamSid, tracks: ['inbound'], mediaFormat };
    this.sendRaw(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid: this.#streamSid }));
  }

  sendRaw(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  close(): void {
    this.socket.close();
  }
}
