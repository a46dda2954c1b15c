import type { RecogniserEvent } from '@parley/turn-taking';

type Timed = Extract<RecogniserEvent, { lastWordEndMs?: number }>;

/**
 * A report of a recogniser, as in turn-taking, but with the end of the last word counted from the start of this
 * stream's audio.
 */
export type RecogniserSignal =
  | RecogniserEvent
  /** The recogniser works and has nothing new to report. */
  | { kind: 'alive' }
  /** The connection is lost or could not be opened. No signal follows. */
  | { kind: 'lost'; reason: string };

export function isTimed(event: RecogniserSignal): event is Timed {
  return 'lastWordEndMs' in event;
}

/** The recogniser of one call. */
export interface RecogniserStream {
  /** Takes mulaw at 8 kHz and owns it. Holds audio until the connection is open, up to a limit. */
  push(piece: Buffer): void;
  /** Called at least every second: keeps a connection without audio alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface RecogniserOptions {
  /** The languages that the caller may speak, as BCP 47 tags, the most likely first. */
  readonly languages: readonly [string, ...string[]];
}

/** Speech-to-text. A stream connects once; the call session replaces a lost one. */
export abstract class SpeechToText {
  /** The setting that names the model, for messages to the operator. */
  abstract readonly modelSetting: string;
  /** Returns whether the recogniser knows this language (a tag such as `de-AT`). */
  abstract understands(language: string): boolean;
  abstract open(options: RecogniserOptions, onSignal: (signal: RecogniserSignal) => void): RecogniserStream;
}
