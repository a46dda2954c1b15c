import type { RecogniserEvent } from '@parley/turn-taking';

type Timed = Extract<RecogniserEvent, { lastWordEndMs?: number }>;

/**
 * What a recogniser reports: turn-taking's own events, with the end of the last word counted from the start of this
 * stream's audio.
 */
export type RecogniserSignal =
  | RecogniserEvent
  /** It works, and has nothing new to report. */
  | { kind: 'alive' }
  /** The connection is lost, or could not be made. Nothing follows. */
  | { kind: 'lost'; reason: string };

export function isTimed(event: RecogniserSignal): event is Timed {
  return 'lastWordEndMs' in event;
}

/** The recogniser of one call. */
export interface RecogniserStream {
  /** Takes mulaw at 8 kHz and owns it. Audio that arrives before the connection stands is held, up to a bound. */
  push(piece: Buffer): void;
  /** Called at least every second: keeps a connection without audio alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface RecogniserOptions {
  /** BCP 47: what the caller may speak, the likeliest first. */
  readonly languages: readonly [string, ...string[]];
}

/** Speech-to-text. A stream connects once; the call session replaces a lost one. */
export abstract class SpeechToText {
  /** The variable that names its model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Whether it recognises this language (a tag such as `de-AT`). */
  abstract understands(language: string): boolean;
  abstract open(options: RecogniserOptions, onSignal: (signal: RecogniserSignal) => void): RecogniserStream;
}
