import type { CallEventKind } from './call-events.js';
import type { CallerPlayback } from './caller-playback.js';
import { MediaSocket, type MediaSocketOptions } from './media-socket.js';

/** The call that a stream belongs to. */
export interface StreamCall {
  readonly playback: CallerPlayback;
  readonly nowMs: number;
  logEvent(kind: CallEventKind, details: object): void;
  queue(audio: Uint8Array): void;
  clearPlayback(): void;
  dropAudio(): void;
}

export type StreamEnd =
  { kind: 'closed'; by: 'peer' | 'broken' | 'call' } | { kind: 'failed'; code: number; detail: string };

export interface StreamReporter {
  (streamSid: string, event: 'stream-started' | 'stream-stopped'): void;
  (streamSid: string, event: 'stream-error', code: number): void;
}

interface StreamSocket {
  readonly socket: MediaSocket;
  readonly startedMs: number;
  stoppedMs: number | null;
  /** Whether the caller's audio is sent to this socket. */
  receivesAudio: boolean;
  /** Whether the close of this socket ends the stream. */
  closeEndsStream: boolean;
}

/** One `<Connect><Stream>`. It usually has one socket, but Twilio can open a Stream URL a second time. */
export class MediaStream {
  readonly sockets: StreamSocket[] = [];
  isOver = false;
  private callIsStuck = false;
  private readonly end = Promise.withResolvers<StreamEnd>();
  readonly ended = this.end.promise;

  constructor(
    private readonly call: StreamCall,
    private readonly optionsFor: () => MediaSocketOptions,
    private readonly report: StreamReporter,
  ) {
    this.connect();
  }

  /** Opens a second socket to the same URL, which receives the caller's audio. The options concern the older socket. */
  connectAgain(olderCarriesAudio: boolean, olderCloseEnds: boolean): string {
    const older = this.sockets.at(-1);
    if (older) Object.assign(older, { receivesAudio: olderCarriesAudio, closeEndsStream: olderCloseEnds });
    return this.connect();
  }

  sendFrame(frame: Uint8Array): void {
    for (const { socket, receivesAudio } of this.sockets) if (receivesAudio) socket.sendFrame(frame);
  }

  skipFrame(): void {
    for (const { socket, receivesAudio } of this.sockets) if (receivesAudio) socket.skipFrame();
  }

  /** Simulates a network stall of `ms` on all sockets. */
  stall(ms: number): void {
    for (const { socket } of this.sockets) socket.stall(ms);
  }

  sendDtmf(digit: string): void {
    for (const { socket, receivesAudio } of this.sockets) if (receivesAudio) socket.sendDtmf(digit);
  }

  /** Ends the stream; the call continues without it. */
  stop(): void {
    for (const { socket } of this.sockets) socket.stop();
    this.over({ kind: 'closed', by: 'call' });
  }

  /** Breaks the sockets without `stop`. With `callIsStuck` the call then neither continues nor ends by itself. */
  breakOff(callIsStuck: boolean): void {
    this.callIsStuck = callIsStuck;
    for (const { socket } of this.sockets) socket.breakOff();
  }

  private connect(): string {
    const options = this.optionsFor();
    const { streamSid, url } = options;
    const { call } = this;
    const socket = new MediaSocket(options, {
      started: () => {
        call.logEvent('stream-started', { streamSid, url });
        this.report(streamSid, 'stream-started');
      },
      audio: (audio) => call.queue(audio),
      mark: (name) => {
        call.playback.mark((why) => {
          call.logEvent('mark', { name, why });
          socket.echoMark(name);
        });
      },
      clear: () => call.clearPlayback(),
      error: (code, detail) => {
        call.logEvent('stream-error', { streamSid, error: code, detail });
        this.report(streamSid, 'stream-error', code);
      },
      failed: (code, detail) => {
        call.logEvent('stream-failed', { streamSid, url, error: code, detail });
        this.report(streamSid, 'stream-error', code);
        this.stopped(streamSocket, { kind: 'failed', code, detail });
      },
      closed: (by, code) => {
        call.logEvent('stream-stopped', { streamSid, by, code });
        this.report(streamSid, 'stream-stopped');
        this.stopped(streamSocket, { kind: 'closed', by });
      },
    });
    const streamSocket: StreamSocket = {
      socket,
      startedMs: call.nowMs,
      stoppedMs: null,
      receivesAudio: true,
      closeEndsStream: true,
    };
    this.sockets.push(streamSocket);
    call.logEvent('stream-connecting', { streamSid, url });
    return streamSid;
  }

  private stopped(streamSocket: StreamSocket, end: StreamEnd): void {
    streamSocket.stoppedMs = this.call.nowMs;
    streamSocket.receivesAudio = false;
    if (this.isOver) return;
    if (this.callIsStuck) return this.call.dropAudio();
    if (!streamSocket.closeEndsStream) return;
    for (const { socket } of this.sockets) if (socket !== streamSocket.socket) socket.stop();
    this.over(end);
  }

  private over(end: StreamEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    this.call.dropAudio();
    this.end.resolve(end);
  }
}
