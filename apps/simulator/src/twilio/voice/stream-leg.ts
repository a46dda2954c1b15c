import type { CallEventKind } from './call-events.js';
import type { Ear } from './ear.js';
import { MediaSocket, type MediaSocketOptions } from './media-socket.js';

/** The call that a stream belongs to. */
export interface LegOwner {
  readonly ear: Ear;
  readonly nowMs: number;
  tell(kind: CallEventKind, details: object): void;
  queue(audio: Uint8Array): void;
  clearEar(): void;
  dropAudio(): void;
}

export type LegEnd =
  { kind: 'closed'; by: 'peer' | 'broken' | 'call' } | { kind: 'failed'; code: number; detail: string };

export interface LegReport {
  (streamSid: string, event: 'stream-started' | 'stream-stopped'): void;
  (streamSid: string, event: 'stream-error', code: number): void;
}

interface Carrier {
  readonly socket: MediaSocket;
  readonly startedMs: number;
  stoppedMs: number | null;
  /** Whether the caller's audio goes there. */
  carries: boolean;
  /** Whether its close ends the stream. */
  governs: boolean;
}

/** One `<Connect><Stream>`: normally one socket. Twilio can open a Stream URL twice, so there may be a newer one. */
export class StreamLeg {
  readonly carriers: Carrier[] = [];
  readonly ended: Promise<LegEnd>;
  isOver = false;
  private staysDead = false;
  private end: (end: LegEnd) => void = () => {};

  constructor(
    private readonly call: LegOwner,
    private readonly optionsFor: () => MediaSocketOptions,
    private readonly report: LegReport,
  ) {
    this.ended = new Promise((resolve) => (this.end = resolve));
    this.connect();
  }

  /** A second socket to the same URL; the caller's audio goes to it, and to the older one only when wanted. */
  connectAgain(olderCarriesAudio: boolean, olderCloseEnds: boolean): string {
    const older = this.carriers.at(-1);
    if (older) Object.assign(older, { carries: olderCarriesAudio, governs: olderCloseEnds });
    return this.connect();
  }

  sendFrame(frame: Uint8Array): void {
    for (const { socket, carries } of this.carriers) if (carries) socket.sendFrame(frame);
  }

  skipFrame(): void {
    for (const { socket, carries } of this.carriers) if (carries) socket.skipFrame();
  }

  /** The network stands still: nothing goes either way for so long, and nothing is lost. */
  stall(ms: number): void {
    for (const { socket } of this.carriers) socket.stall(ms);
  }

  sendDtmf(digit: string): void {
    for (const { socket, carries } of this.carriers) if (carries) socket.sendDtmf(digit);
  }

  /** The call goes on without this stream. */
  stop(): void {
    for (const { socket } of this.carriers) socket.stop();
    this.over({ kind: 'closed', by: 'call' });
  }

  /** The sockets break without `stop`. Dead: the call neither goes on nor ends by itself. */
  breakOff(staysDead: boolean): void {
    this.staysDead = staysDead;
    for (const { socket } of this.carriers) socket.breakOff();
  }

  private connect(): string {
    const options = this.optionsFor();
    const { streamSid, url } = options;
    const { call } = this;
    const socket = new MediaSocket(options, {
      started: () => {
        call.tell('stream-started', { streamSid, url });
        this.report(streamSid, 'stream-started');
      },
      audio: (audio) => call.queue(audio),
      mark: (name) => {
        call.ear.mark((why) => {
          call.tell('mark', { name, why });
          socket.echoMark(name);
        });
      },
      clear: () => call.clearEar(),
      error: (code, detail) => {
        call.tell('stream-error', { streamSid, error: code, detail });
        this.report(streamSid, 'stream-error', code);
      },
      failed: (code, detail) => {
        call.tell('stream-failed', { streamSid, url, error: code, detail });
        this.report(streamSid, 'stream-error', code);
        this.stopped(carrier, { kind: 'failed', code, detail });
      },
      closed: (by, code) => {
        call.tell('stream-stopped', { streamSid, by, code });
        this.report(streamSid, 'stream-stopped');
        this.stopped(carrier, { kind: 'closed', by });
      },
    });
    const carrier: Carrier = {
      socket,
      startedMs: call.nowMs,
      stoppedMs: null,
      carries: true,
      governs: true,
    };
    this.carriers.push(carrier);
    call.tell('stream-connecting', { streamSid, url });
    return streamSid;
  }

  private stopped(carrier: Carrier, end: LegEnd): void {
    carrier.stoppedMs = this.call.nowMs;
    carrier.carries = false;
    if (this.isOver) return;
    if (this.staysDead) return this.call.dropAudio();
    if (!carrier.governs) return;
    for (const { socket } of this.carriers) if (socket !== carrier.socket) socket.stop();
    this.over(end);
  }

  private over(end: LegEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    this.call.dropAudio();
    this.end(end);
  }
}
