import { limits } from '../../limits.js';
import { BoundedLog } from '../../log/bounded-log.js';

export const callEventKinds = [
  'status',
  'webhook',
  'verb',
  'stream-connecting',
  'stream-started',
  'stream-stopped',
  'stream-failed',
  'stream-error',
  'speech-started',
  'speech-ended',
  'heard',
  'audio',
  'playing',
  'quiet',
  'underrun',
  'mark',
  'clear',
  'dtmf',
  'digits-played',
  'gathered',
  'dialled',
] as const;
export type CallEventKind = (typeof callEventKinds)[number];

/** An event of a call. README.md lists the further fields of each kind. */
export interface CallEvent {
  readonly index: number;
  readonly callSid: string;
  /** Milliseconds since the call was created. */
  readonly atMs: number;
  readonly at: string;
  readonly kind: CallEventKind;
  readonly [detail: string]: unknown;
}

/** The events of all calls, or of one. */
export class CallEventLog extends BoundedLog<CallEvent> {
  constructor(bound: number = limits.callEvents) {
    super(bound);
  }
}

/** A word that the caller heard; times are relative to the start of the call. */
export interface HeardWord {
  readonly index: number;
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly cut: boolean;
}
