import { once } from 'node:events';
import http from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { WordDecoder } from '../speech/tone-modem.js';
import type { ReceivedPost } from './webhook-receiver.js';

export interface TwilioMessage {
  readonly event: string;
  readonly sequenceNumber?: string;
  readonly streamSid?: string;
  readonly start?: {
    readonly streamSid: string;
    readonly accountSid: string;
    readonly callSid: string;
    readonly tracks: string[];
    readonly mediaFormat: unknown;
    readonly customParameters: Record<string, string>;
  };
  readonly media?: { track: string; chunk: string; timestamp: string; payload: string };
  readonly mark?: { name: string };
  readonly dtmf?: { track: string; digit: string };
  readonly stop?: { accountSid: string; callSid: string };
}

/** The services' side of one media socket. */
export class MediaPeer {
  readonly messages: TwilioMessage[] = [];
  readonly words: string[] = [];
  /** After this many words it plays all received audio back in one message. */
  echoAfterWords = Number.POSITIVE_INFINITY;
  closeCode: number | null = null;
  private readonly reader = new WordDecoder();
  private readonly received: Buffer[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly socket: WebSocket,
    readonly target: string,
    readonly headers: http.IncomingHttpHeaders,
  ) {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as TwilioMessage;
      this.messages.push(message);
      if (message.media) {
        const audio = Buffer.from(message.media.payload, 'base64');
        for (const { text, cut } of this.reader.push(audio)) this.words.push(cut ? `[cut:${text}]` : text);
        this.received.push(audio);
        if (this.words.length >= this.echoAfterWords) {
          this.echoAfterWords = Number.POSITIVE_INFINITY;
          this.play(Buffer.concat(this.received));
        }
      }
      for (const check of this.waiting) check();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      for (const check of this.waiting) check();
    });
  }

  get streamSid(): string {
    return this.messages.find((message) => message.start)?.start?.streamSid ?? '';
  }

  of(event: string): TwilioMessage[] {
    return this.messages.filter((message) => message.event === event);
  }

  /** Resolves once the condition holds. */
  until(condition: (peer: MediaPeer) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!condition(this)) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify({ streamSid: this.streamSid, ...message }));
  }

  play(audio: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(audio).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }
}

/** Plays the services under test: answers voice webhooks with TwiML, accepts media sockets, records every post. */
export class CallServer {
  readonly posts: ReceivedPost[] = [];
  readonly peers: MediaPeer[] = [];
  /** TwiML by path. A list is answered entry by entry; a number is an HTTP status. */
  readonly documents = new Map<string, string | (string | number)[]>();
  /** HTTP status that answers a media upgrade; 101 accepts it. */
  upgradeStatus = 101;
  onPeer: (peer: MediaPeer) => void = () => {};
  /** Called before each answer to a post. */
  onPost: (target: string) => void = () => {};
  private readonly sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  private readonly waiting: ((peer: MediaPeer) => void)[] = [];

  private constructor(
    private readonly server: http.Server,
    readonly host: string,
  ) {}

  get url(): string {
    return `http://${this.host}`;
  }

  get mediaUrl(): string {
    return `ws://${this.host}/media`;
  }

  static async start(): Promise<CallServer> {
    const server = http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const calls = new CallServer(server, `127.0.0.1:${address.port}`);
    server.on('request', (request, response) => calls.answer(request, response));
    server.on('upgrade', (request, socket, head) => {
      if (calls.upgradeStatus !== 101) {
        socket.end(`HTTP/1.1 ${calls.upgradeStatus} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      calls.sockets.handleUpgrade(request, socket, head, (ws) => {
        const peer = new MediaPeer(ws, request.url ?? '', request.headers);
        calls.peers.push(peer);
        calls.onPeer(peer);
        calls.waiting.shift()?.(peer);
      });
    });
    return calls;
  }

  /** Waits for the next media socket to start. */
  async nextPeer(): Promise<MediaPeer> {
    const peer = await new Promise<MediaPeer>((resolve) => this.waiting.push(resolve));
    await peer.until((started) => started.of('start').length > 0);
    return peer;
  }

  connectTwiml(then = '', attributes = '', path = ''): string {
    return `<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="${this.mediaUrl}${path}" ${attributes}>
      <Parameter name="callId" value="call_1 &amp; more"/></Stream></Connect>${then}</Response>`;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => (body += piece));
    request.on('end', () => {
      const target = request.url ?? '';
      const params = Object.fromEntries(new URLSearchParams(body));
      this.posts.push({ target, headers: request.headers, params });
      this.onPost(target);
      const document = this.documents.get(target.replace(/\?.*$/, ''));
      const found = Array.isArray(document) ? document.shift() : document;
      if (typeof found === 'number') response.writeHead(found).end();
      else response.writeHead(200, { 'content-type': 'text/xml' }).end(found ?? '<Response/>');
    });
  }
}
