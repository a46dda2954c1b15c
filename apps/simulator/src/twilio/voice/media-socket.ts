import { WebSocket } from 'ws';
import { z } from 'zod';
import { limits } from '../../limits.js';
import { FRAME_MS } from '../../speech/tone-modem.js';

const Media = z.strictObject({
  event: z.literal('media'),
  streamSid: z.string(),
  media: z.strictObject({ payload: z.string().min(1) }),
});
const Mark = z.strictObject({
  event: z.literal('mark'),
  streamSid: z.string(),
  mark: z.strictObject({ name: z.string().min(1) }),
});
const Clear = z.strictObject({ event: z.literal('clear'), streamSid: z.string() });
const FromServer = z.discriminatedUnion('event', [Media, Mark, Clear]);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export interface MediaSocketOptions {
  readonly url: string;
  readonly signature: string | null;
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** True writes `streamSid` as the first member of messages; Twilio writes it as the last. */
  readonly streamSidFirst: boolean;
}

export type ClosedBy = 'peer' | 'call' | 'broken';

export interface MediaSocketEvents {
  started(): void;
  audio(audio: Uint8Array): void;
  mark(name: string): void;
  clear(): void;
  /** A message was dropped; `code` is Twilio's error code (319xx). */
  error(code: number, detail: string): void;
  /** The handshake failed, so no stream started. */
  failed(code: number, detail: string): void;
  closed(by: ClosedBy, code: number): void;
}

/** Twilio's side of one media stream: connects to the URL of the `<Stream>` and speaks its protocol. */
export class MediaSocket {
  readonly messages = { media: 0, mark: 0, clear: 0, invalid: 0 };
  framesSent = 0;
  framesSkipped = 0;
  private readonly socket: WebSocket;
  private sequence = 0;
  private timestampMs = 0;
  private endedBy: ClosedBy | undefined;
  private isOver = false;
  private isSlow = false;
  /** Messages held back during a stall. */
  private held: string[] | undefined;

  constructor(
    readonly options: MediaSocketOptions,
    private readonly events: MediaSocketEvents,
  ) {
    this.socket = new WebSocket(options.url, {
      perMessageDeflate: false,
      handshakeTimeout: limits.streamHandshakeMs,
      maxPayload: limits.socketMessageBytes,
      headers: {
        'user-agent': 'TwilioProxy/1.1',
        ...(options.signature === null ? {} : { 'x-twilio-signature': options.signature }),
      },
    });
    this.socket.on('open', () => this.start());
    this.socket.on('message', (data, isBinary) => this.receive(data as Buffer, isBinary));
    this.socket.on('unexpected-response', (request, response) => {
      this.fail(31920, `the upgrade was answered with status ${response.statusCode ?? 0}`);
      request.destroy();
    });
    this.socket.on('error', (error: Error & { code?: string }) => {
      if (this.sequence > 0) return;
      this.fail(error.code === 'ECONNREFUSED' ? 31902 : 31901, error.message);
    });
    this.socket.on('close', (code) => this.over(code));
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Sends 20 ms of the caller's audio, or discards it when the peer reads too slowly (31930). */
  sendFrame(frame: Uint8Array): void {
    this.timestampMs += FRAME_MS;
    if (!this.isOpen) return;
    if (this.socket.bufferedAmount > limits.streamBacklogBytes) {
      if (!this.isSlow) this.events.error(31930, 'audio is discarded: the peer reads too slowly');
      this.isSlow = true;
      this.framesSkipped += 1;
      return;
    }
    this.isSlow = false;
    this.framesSent += 1;
    const payload = Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString('base64');
    this.send(
      'media',
      `"media":{"track":"inbound","chunk":"${this.framesSent}","timestamp":"${this.timestampMs}","payload":"${payload}"}`,
    );
  }

  /** Skips 20 ms of audio; the next timestamp shows the gap. */
  skipFrame(): void {
    this.timestampMs += FRAME_MS;
    this.framesSkipped += 1;
  }

  /** Simulates a network stall: reads and sends nothing for `ms`, then all that waited. */
  stall(ms: number): void {
    if (!this.isOpen || this.held) return;
    this.held = [];
    this.socket.pause();
    setTimeout(() => {
      const held = this.held ?? [];
      this.held = undefined;
      this.socket.resume();
      for (const text of held) if (this.isOpen) this.socket.send(text);
    }, ms).unref();
  }

  sendDtmf(digit: string): void {
    this.send('dtmf', `"dtmf":{"track":"inbound_track","digit":${JSON.stringify(digit)}}`);
  }

  echoMark(name: string): void {
    this.send('mark', `"mark":${JSON.stringify({ name })}`);
  }

  /** Sends `stop` and closes, because the call has ended or continues without this stream. */
  stop(): void {
    if (this.endedBy !== undefined) return;
    this.endedBy = 'call';
    const { accountSid, callSid } = this.options;
    this.send('stop', `"stop":${JSON.stringify({ accountSid, callSid })}`);
    this.socket.close(1000);
    setTimeout(() => this.socket.terminate(), limits.closeMs).unref();
  }

  /** Breaks the connection without `stop` and without a close frame. */
  breakOff(): void {
    if (this.endedBy !== undefined) return;
    this.endedBy = 'broken';
    this.socket.terminate();
  }

  private start(): void {
    const { accountSid, callSid, streamSid, parameters } = this.options;
    this.socket.send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const start = {
      accountSid,
      streamSid,
      callSid,
      tracks: ['inbound'],
      mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      customParameters: parameters,
    };
    this.send('start', `"start":${JSON.stringify(start)}`);
    this.events.started();
  }

  private send(event: string, body: string): void {
    if (!this.isOpen) return;
    this.sequence += 1;
    const sid = `"streamSid":"${this.options.streamSid}"`;
    const members = this.options.streamSidFirst ? `${sid},${body}` : `${body},${sid}`;
    const text = `{"event":"${event}","sequenceNumber":"${this.sequence}",${members}}`;
    if (this.held) this.held.push(text);
    else this.socket.send(text);
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (this.endedBy !== undefined) return;
    if (isBinary) return this.reject(31951, 'the message is binary');
    let json: unknown;
    try {
      json = JSON.parse(data.toString('utf8'));
    } catch {
      return this.reject(31951, 'the message is not JSON');
    }
    const parsed = FromServer.safeParse(json);
    if (!parsed.success) return this.reject(31951, z.prettifyError(parsed.error));
    const message = parsed.data;
    if (message.streamSid !== this.options.streamSid)
      return this.reject(31951, 'the streamSid belongs to another stream');
    switch (message.event) {
      case 'media':
        if (!BASE64.test(message.media.payload)) return this.reject(31950, 'the payload is not base64');
        this.messages.media += 1;
        return this.events.audio(Buffer.from(message.media.payload, 'base64'));
      case 'mark':
        this.messages.mark += 1;
        return this.events.mark(message.mark.name);
      case 'clear':
        this.messages.clear += 1;
        return this.events.clear();
    }
  }

  private reject(code: number, detail: string): void {
    this.messages.invalid += 1;
    this.events.error(code, detail);
  }

  private fail(code: number, detail: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.failed(code, detail);
  }

  private over(code: number): void {
    if (this.isOver) return;
    if (this.sequence === 0) return this.fail(31920, 'the socket closed before it opened');
    this.isOver = true;
    this.events.closed(this.endedBy ?? (code === 1006 ? 'broken' : 'peer'), code);
  }
}
