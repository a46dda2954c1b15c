import { limits } from '../../limits.js';
import { BoundedLog } from '../../log/bounded-log.js';
import { FRAME_BYTES, FRAME_MS, isLoud, SAMPLES_PER_MS, SILENCE } from '../../speech/tone-modem.js';
import { type CallEvent, type CallEventKind, CallEventLog, type CallerHeard } from './call-events.js';
import { Ear } from './ear.js';
import type { FrameClock, Framed } from './frame-clock.js';
import { Mouth, type Said } from './mouth.js';
import type { StreamLeg } from './stream-leg.js';

export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'no-answer'
  | 'canceled'
  | 'failed';
const OVER: readonly CallStatus[] = ['completed', 'busy', 'no-answer', 'canceled', 'failed'];

export interface CallCallback {
  readonly url: string;
  readonly events: readonly CallStatus[];
}

export interface NewCall {
  readonly sid: string;
  readonly direction: 'inbound' | 'outbound-api';
  readonly from: string;
  readonly to: string;
  readonly pace: number;
  /** Added to what webhooks say about the call. */
  readonly params: Readonly<Record<string, string>>;
  readonly signed: boolean;
  readonly callback?: CallCallback | undefined;
  readonly failedHandshake?: 'next-verb' | 'hang-up' | undefined;
  readonly streamSidFirst: boolean;
}

/** A phone call: its person's ear and mouth, its state, and all that happened in it. */
export class Call implements Framed {
  status: CallStatus;
  answeredBy: string | null = null;
  /** Epoch milliseconds. */
  readonly createdAt = Date.now();
  updatedAt = this.createdAt;
  answeredAt: number | null = null;
  endedAt: number | null = null;
  readonly events = new CallEventLog(limits.eventsPerCall);
  readonly heard = new BoundedLog<CallerHeard>(limits.eventsPerCall);
  readonly said: Said[] = [];
  readonly ear: Ear;
  readonly mouth: Mouth;
  /** Every media stream of this call; the last one may be open. */
  readonly legs: StreamLeg[] = [];
  /** What it is doing now; aborted when something else takes over. */
  program = new AbortController();
  verbs = 0;
  sequence = 0;
  /** Gets the caller's frames and keys while no stream does. */
  listener: { frame(frame: Uint8Array): void; digit(digit: string): void } | undefined;
  private readonly bornAt = performance.now();
  private earOpenedMs = 0;
  private skipFrames = 0;
  private echo: { frames: Uint8Array[]; delayFrames: number } | undefined;

  constructor(
    readonly index: number,
    readonly is: NewCall,
    private readonly clock: FrameClock,
    private readonly allEvents: CallEventLog,
  ) {
    this.status = is.direction === 'inbound' ? 'ringing' : 'queued';
    const at = (ms: number) => this.earOpenedMs + ms;
    this.ear = new Ear({
      heard: (word) => {
        const heard = { ...word, startMs: round(at(word.startMs)), endMs: round(at(word.endMs)) };
        this.heard.append((next) => ({ index: next, ...heard }));
        this.tell('heard', heard, heard.endMs);
      },
      playing: (atMs) => this.tell('playing', {}, at(atMs)),
      quiet: (atMs) => this.tell('quiet', {}, at(atMs)),
      underrun: ({ atMs, missingMs, midWord }) => this.tell('underrun', { missingMs, midWord }, at(atMs)),
    });
    this.mouth = new Mouth({
      started: (said) => {
        this.said.push(said);
        this.tell('speech-started', { text: said.text }, said.startMs ?? undefined);
      },
      ended: (said) =>
        this.tell('speech-ended', { text: said.text, completed: said.completed }, said.endMs ?? undefined),
    });
  }

  get sid(): string {
    return this.is.sid;
  }

  get isOver(): boolean {
    return OVER.includes(this.status);
  }

  get nowMs(): number {
    return performance.now() - this.bornAt;
  }

  /** The media stream that is open now. */
  get leg(): StreamLeg | undefined {
    const last = this.legs.at(-1);
    return last?.isOver ? undefined : last;
  }

  tell(kind: CallEventKind, details: object = {}, atMs: number = this.nowMs): void {
    const event: Omit<CallEvent, 'index'> = {
      callSid: this.sid,
      atMs: round(atMs),
      at: new Date(this.createdAt + atMs).toISOString(),
      kind,
      ...details,
    };
    this.events.append((index) => ({ index, ...event }) as CallEvent);
    this.allEvents.append((index) => ({ index, ...event }) as CallEvent);
  }

  /** From now on there is a line: the caller hears and speaks. */
  openLine(): void {
    const now = performance.now();
    this.earOpenedMs = now - this.bornAt;
    this.answeredAt = Date.now();
    this.clock.add(this, now);
  }

  closeLine(): void {
    this.clock.catchUp(this);
    this.clock.remove(this);
    this.mouth.close();
    this.ear.close();
  }

  frame(atMs: number): void {
    const nowMs = atMs - this.bornAt;
    this.ear.frame(atMs);
    const said = this.mouth.frame(nowMs);
    const frame = this.withEcho(said);
    if (this.skipFrames > 0) {
      this.skipFrames -= 1;
      return this.leg?.skipFrame();
    }
    this.listener?.frame(frame);
    this.leg?.sendFrame(frame);
  }

  /** Audio of the services: what it found still queued is how far ahead they were. */
  queue(audio: Uint8Array): void {
    const lateMs = this.clock.lateMs(this);
    const foundMs = Math.max(0, this.ear.queuedMs - lateMs);
    const lastSound = audio.findLastIndex((code) => code !== SILENCE);
    this.tell('audio', {
      ms: audio.length / SAMPLES_PER_MS,
      foundMs: round(foundMs),
      silentTailMs: round((audio.length - 1 - lastSound) / SAMPLES_PER_MS),
      lateMs: round(lateMs),
    });
    this.ear.enqueue(audio);
  }

  /** Everything that is queued to be heard, and what is sounding, ends now. */
  clearEar(): void {
    const now = performance.now();
    this.clock.catchUp(this, now);
    const unplayedMs = this.ear.clear(now);
    this.tell('clear', { unplayedMs: round(unplayedMs) }, now - this.bornAt);
  }

  /** What is queued goes with its stream. */
  dropAudio(): void {
    const now = performance.now();
    this.clock.catchUp(this, now);
    this.ear.clear(now);
  }

  press(digits: string): void {
    this.clock.catchUp(this);
    for (const digit of digits) {
      this.tell('dtmf', { digits: digit });
      this.listener?.digit(digit);
      this.leg?.sendDtmf(digit);
    }
  }

  skipAudio(ms: number): void {
    this.skipFrames += Math.ceil(ms / FRAME_MS);
  }

  /** What is played comes back `delayMs` later while the caller is silent; null ends it. */
  setEcho(delayMs: number | null): void {
    this.echo =
      delayMs === null ? undefined : { frames: [], delayFrames: Math.max(1, Math.round(delayMs / FRAME_MS)) };
  }

  release(): void {
    this.events.release();
    this.heard.release();
  }

  private withEcho(said: Uint8Array): Uint8Array {
    if (!this.echo) return said;
    this.echo.frames.push(this.ear.frameSounding);
    const echoed = this.echo.frames.length > this.echo.delayFrames ? this.echo.frames.shift() : undefined;
    const isSilent = this.mouth.speaking === null && !isLoud(said[FRAME_BYTES / 2]!);
    return echoed && isSilent ? echoed : said;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
