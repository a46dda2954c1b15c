import type { RecogniserEvent } from '@parley/turn-taking';

type Timed = Extract<RecogniserEvent, { lastWordEndMs?: number }>;

/**
 * What the recogniser makes of the caller's audio: turn-taking's own words, with the end of the last word counted from
 * the beginning of this stream's audio.
 */
export type RecogniserSignal =
  | RecogniserEvent
  /** It hears, and has nothing new to tell. */
  | { kind: 'alive' }
  /** The connection is gone, or never came about. Nothing follows. */
  | { kind: 'lost'; reason: string };

export function isTimed(event: RecogniserSignal): event is Timed {
  return 'lastWordEndMs' in event;
}

/** A recogniser that listens to one call. */
export interface RecogniserStream {
  /** Takes over some mulaw at 8 kHz; what comes before the connection stands is kept, up to a bound. */
  push(piece: Buffer): void;
  /** To be called at least every second: keeps a connection without audio alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface RecogniserOptions {
  /** BCP 47: what the caller may speak, the likeliest first. */
  readonly languages: readonly [string, ...string[]];
}

/** Turns a caller's audio into words. Where it reconnects is the session's decision. */
export abstract class SpeechToText {
  /** The variable that names its model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Whether it can make words of this language (a tag such as `de-AT`). */
  abstract understands(language: string): boolean;
  abstract open(options: RecogniserOptions, onSignal: (signal: RecogniserSignal) => void): RecogniserStream;
}
