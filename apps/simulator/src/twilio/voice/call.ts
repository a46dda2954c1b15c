import { limits } from '../../limits.js';
import { BoundedLog } from '../../log/bounded-log.js';
import { FRAME_BYTES, FRAME_MS, isLoud, SAMPLES_PER_MS, SILENT_SAMPLE } from '../../speech/tone-modem.js';
import { type CallEvent, type CallEventKind, CallEventLog, type HeardWord } from './call-events.js';
import { CallerPlayback } from './caller-playback.js';
import type { FrameClock, FrameTarget } from './frame-clock.js';
import { CallerSpeech, type CallerUtterance } from './caller-speech.js';
import type { MediaStream } from './media-stream.js';

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

export interface CallStatusCallback {
  readonly url: string;
  readonly events: readonly CallStatus[];
}

export interface CallDetails {
  readonly sid: string;
  readonly direction: 'inbound' | 'outbound-api';
  readonly from: string;
  readonly to: string;
  readonly pace: number;
  /** Added to the parameters of every webhook of the call. */
  readonly params: Readonly<Record<string, string>>;
  readonly signed: boolean;
  readonly callback?: CallStatusCallback | undefined;
  readonly failedHandshake?: 'next-verb' | 'hang-up' | undefined;
  readonly streamSidFirst: boolean;
}

/** A phone call: its state, the caller's speech and playback, and its events. */
export class Call implements FrameTarget {
  status: CallStatus;
  answeredBy: string | null = null;
  /** Epoch milliseconds. */
  readonly createdAt = Date.now();
  updatedAt = this.createdAt;
  answeredAt: number | null = null;
  endedAt: number | null = null;
  readonly events = new CallEventLog(limits.eventsPerCall);
  readonly heard = new BoundedLog<HeardWord>(limits.eventsPerCall);
  readonly utterances: CallerUtterance[] = [];
  readonly playback: CallerPlayback;
  readonly speech: CallerSpeech;
  /** Every media stream of this call; the last one may be open. */
  readonly streams: MediaStream[] = [];
  /** Aborts the TwiML that runs now. */
  runningTwiml = new AbortController();
  verbs = 0;
  sequence = 0;
  /** Receives the caller's frames and keys during a `<Gather>`. */
  listener: { frame(frame: Uint8Array): void; digit(digit: string): void } | undefined;
  private readonly createdAtMonotonicMs = performance.now();
  private playbackStartMs = 0;
  private skipFrames = 0;
  private echo: { frames: Uint8Array[]; delayFrames: number } | undefined;

  constructor(
    readonly index: number,
    readonly details: CallDetails,
    private readonly clock: FrameClock,
    private readonly allEvents: CallEventLog,
  ) {
    this.status = details.direction === 'inbound' ? 'ringing' : 'queued';
    const at = (ms: number) => this.playbackStartMs + ms;
    this.playback = new CallerPlayback({
      heard: (word) => {
        const heard = { ...word, startMs: round(at(word.startMs)), endMs: round(at(word.endMs)) };
        this.heard.append((next) => ({ index: next, ...heard }));
        this.logEvent('heard', heard, heard.endMs);
      },
      playing: (atMs) => this.logEvent('playing', {}, at(atMs)),
      quiet: (atMs) => this.logEvent('quiet', {}, at(atMs)),
      underrun: ({ atMs, missingMs, midWord }) => this.logEvent('underrun', { missingMs, midWord }, at(atMs)),
    });
    this.speech = new CallerSpeech({
      started: (utterance) => {
        this.utterances.push(utterance);
        this.logEvent('speech-started', { text: utterance.text }, utterance.startMs ?? undefined);
      },
      ended: (utterance) =>
        this.logEvent(
          'speech-ended',
          { text: utterance.text, completed: utterance.completed },
          utterance.endMs ?? undefined,
        ),
    });
  }

  get sid(): string {
    return this.details.sid;
  }

  get isOver(): boolean {
    return OVER.includes(this.status);
  }

  get nowMs(): number {
    return performance.now() - this.createdAtMonotonicMs;
  }

  /** The media stream that is open now. */
  get stream(): MediaStream | undefined {
    const last = this.streams.at(-1);
    return last?.isOver ? undefined : last;
  }

  logEvent(kind: CallEventKind, details: object = {}, atMs: number = this.nowMs): void {
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

  /** Marks the call as answered: from now on the caller hears and speaks. */
  startAudio(): void {
    const now = performance.now();
    this.playbackStartMs = now - this.createdAtMonotonicMs;
    this.answeredAt = Date.now();
    this.clock.add(this, now);
  }

  stopAudio(): void {
    this.clock.catchUp(this);
    this.clock.remove(this);
    this.speech.close();
    this.playback.close();
  }

  frame(atMs: number): void {
    const nowMs = atMs - this.createdAtMonotonicMs;
    this.playback.frame(atMs);
    const spoken = this.speech.frame(nowMs);
    const frame = this.withEcho(spoken);
    if (this.skipFrames > 0) {
      this.skipFrames -= 1;
      return this.stream?.skipFrame();
    }
    this.listener?.frame(frame);
    this.stream?.sendFrame(frame);
  }

  /**
   * Queues audio from the services. Logs how much audio was still queued, which shows how far ahead the services send.
   */
  queue(audio: Uint8Array): void {
    const lateMs = this.clock.lateMs(this);
    const foundMs = Math.max(0, this.playback.queuedMs - lateMs);
    const lastSound = audio.findLastIndex((code) => code !== SILENT_SAMPLE);
    this.logEvent('audio', {
      ms: audio.length / SAMPLES_PER_MS,
      foundMs: round(foundMs),
      silentTailMs: round((audio.length - 1 - lastSound) / SAMPLES_PER_MS),
      lateMs: round(lateMs),
    });
    this.playback.enqueue(audio);
  }

  /** Stops playback now and empties the queue, because the services sent `clear`. */
  clearPlayback(): void {
    const now = performance.now();
    this.clock.catchUp(this, now);
    const unplayedMs = this.playback.clear(now);
    this.logEvent('clear', { unplayedMs: round(unplayedMs) }, now - this.createdAtMonotonicMs);
  }

  /** Drops the queued audio of a stream that has ended. */
  dropAudio(): void {
    const now = performance.now();
    this.clock.catchUp(this, now);
    this.playback.clear(now);
  }

  pressKeys(digits: string): void {
    this.clock.catchUp(this);
    for (const digit of digits) {
      this.logEvent('dtmf', { digits: digit });
      this.listener?.digit(digit);
      this.stream?.sendDtmf(digit);
    }
  }

  skipAudio(ms: number): void {
    this.skipFrames += Math.ceil(ms / FRAME_MS);
  }

  /** Echoes the played audio after `delayMs` into the caller's audio while the caller is silent; null stops it. */
  setEcho(delayMs: number | null): void {
    this.echo =
      delayMs === null ? undefined : { frames: [], delayFrames: Math.max(1, Math.round(delayMs / FRAME_MS)) };
  }

  release(): void {
    this.events.release();
    this.heard.release();
  }

  private withEcho(spoken: Uint8Array): Uint8Array {
    if (!this.echo) return spoken;
    this.echo.frames.push(this.playback.frameSounding);
    const echoed = this.echo.frames.length > this.echo.delayFrames ? this.echo.frames.shift() : undefined;
    const isSilent = this.speech.speaking === null && !isLoud(spoken[FRAME_BYTES / 2]!);
    return echoed && isSilent ? echoed : spoken;
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
