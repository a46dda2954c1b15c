/** What the recogniser makes of the caller's audio. */
export type SpeechSignal =
  /** Somebody speaks: before any word is certain. */
  | { kind: 'speech-started' }
  /** All words of this turn so far; later ones may still change them. */
  | { kind: 'words'; text: string }
  /** The turn may be over; `turn-resumed` or `turn-ended` follows. */
  | { kind: 'eager-end'; text: string }
  | { kind: 'turn-resumed' }
  /** The turn is over, and these are its words; they may be none. */
  | { kind: 'turn-ended'; text: string }
  /** The connection is gone, or never came about. Nothing follows. */
  | { kind: 'lost'; reason: string };

/** A recogniser that listens to one call. */
export interface SpeechStream {
  /** Takes over 80 ms of mulaw at 8 kHz; what comes before the connection stands is kept, up to a bound. */
  push(chunk: Buffer): void;
  /** To be called at least every second: keeps a connection without audio alive. */
  tick(nowMs: number): void;
  close(): void;
}

export interface SpeechOptions {
  /** BCP 47; the recogniser's own default where it has only one. */
  readonly language?: string | undefined;
  readonly keyterms: readonly string[];
}

/** Turns a caller's audio into words and turns. Where it reconnects is the session's decision. */
export abstract class SpeechToText {
  abstract open(options: SpeechOptions, onSignal: (signal: SpeechSignal) => void): SpeechStream;
}
