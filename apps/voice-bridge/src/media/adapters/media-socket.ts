import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { assertNever } from '@parley/kernel';
import { type RawData, WebSocket } from 'ws';
import type { MediaListener } from '../../session/media-listener.js';
import { MediaOutput, POLICY_VIOLATION } from '../../session/media-output.js';
import { FrameRateLimiter } from '../frame-rate-limiter.js';
import { type MediaFrame, readMediaFrame } from '../media-frames.js';

const START_WITHIN_MS = 5_000;
/** A peer that sends this many malformed frames does not speak Twilio's protocol. */
const MAX_MALFORMED_FRAMES = 10;
/** The most unsent audio: about five seconds. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** Twilio's media socket: passes its frames to the call session, and the session's audio to Twilio. */
export class MediaSocket extends MediaOutput {
  readonly #logger = new Logger(MediaSocket.name);
  #session: MediaListener | undefined;
  #streamSid = '';
  #malformed = 0;
  readonly #rate = new FrameRateLimiter(performance.now());
  #startTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly connection: Duplex,
  ) {
    super();
  }

  attach(session: MediaListener): void {
    this.#session = session;
    this.#startTimer = setTimeout(() => this.hangUp(POLICY_VIOLATION, 'no start'), START_WITHIN_MS);
    this.socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // Pings count as frames, because `ws` answers each, which costs as much as a frame.
    this.socket.on('ping', () => this.#checkRate());
    this.socket.on('pong', () => this.#checkRate());
    this.socket.on('close', () => {
      clearTimeout(this.#startTimer);
      session.closed();
    });
    // Does nothing: Nest logs the error, and a socket that fails also closes.
    this.socket.on('error', () => undefined);
  }

  get isWritable(): boolean {
    return this.socket.readyState === WebSocket.OPEN && this.socket.bufferedAmount < MAX_UNSENT_BYTES;
  }

  play(audio: Buffer): void {
    this.#send(
      `{"event":"media","streamSid":"${this.#streamSid}","media":{"payload":"${audio.toString('base64')}"}}`,
    );
  }

  mark(name: string): void {
    this.#send(JSON.stringify({ event: 'mark', streamSid: this.#streamSid, mark: { name } }));
  }

  together(send: () => void): void {
    this.connection.cork();
    send();
    this.connection.uncork();
  }

  clear(): void {
    this.#send(`{"event":"clear","streamSid":"${this.#streamSid}"}`);
  }

  hangUp(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  #send(message: string): void {
    if (this.socket.readyState === WebSocket.OPEN && this.#streamSid !== '') this.socket.send(message);
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#checkRate()) return;
    // By default `ws` passes one Buffer per message.
    const frame = isBinary ? undefined : readMediaFrame((data as Buffer).toString('latin1'));
    if (!frame || !this.#pass(frame)) this.#countMalformed();
  }

  /** Returns false for a frame whose content is malformed. */
  #pass(frame: MediaFrame): boolean {
    const session = this.#session;
    if (!session) return false;
    switch (frame.kind) {
      case 'media':
        return this.#streamSid !== '' && session.audio(frame.timestampMs, frame.payload);
      case 'start':
        return this.#start(session, frame);
      case 'mark':
        session.mark(frame.name);
        return true;
      case 'dtmf':
        session.key(frame.digit);
        return true;
      case 'stop':
        session.stopped();
        return true;
      case 'connected':
      case 'unknown':
        return true;
      default:
        return assertNever(frame);
    }
  }

  #start(session: MediaListener, { streamSid, callSid }: Extract<MediaFrame, { kind: 'start' }>): boolean {
    // Refuses unusual ids, because the id becomes part of JSON that is built by hand.
    if (this.#streamSid !== '' || !/^\w{1,64}$/.test(streamSid)) return false;
    clearTimeout(this.#startTimer);
    this.#streamSid = streamSid;
    session.started(callSid);
    return true;
  }

  #countMalformed(): void {
    this.#malformed += 1;
    if (this.#malformed === 1) this.#logger.warn('A media socket sent a malformed frame');
    if (this.#malformed === MAX_MALFORMED_FRAMES) this.hangUp(POLICY_VIOLATION, 'malformed frames');
  }

  /** Returns false once we have closed the socket, or when frames arrive faster than any caller sends them. */
  #checkRate(): boolean {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    const isCaller = this.#rate.allows(performance.now());
    if (!isCaller) this.hangUp(POLICY_VIOLATION, 'too many frames');
    return isCaller;
  }
}
