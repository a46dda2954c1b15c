import type { PlaybackPolicy } from './playback-policy.js';

/** 20 ms of mulaw: messages are multiples of it. */
export const FRAME_BYTES = 160;
/** mulaw silence, which pads the last message. */
export const MULAW_SILENCE = 0xff;

/**
 * How one turn's audio goes out. Bytes count from the start of the turn's audio. The bridge keeps the audio itself and
 * sends the slices it is told.
 */
export interface Playback {
  readonly turnNo: number;
  /** Rises with every `clear`, also from turn to turn: a mark of an older one says nothing. */
  readonly generation: number;
  readonly status: 'playing' | 'suspended';
  readonly receivedBytes: number;
  readonly isAudioComplete: boolean;
  readonly sentBytes: number;
  /** Messages sent in this generation. */
  readonly messages: number;
  /** When all that was sent will have been played, if it plays without a gap from the moment it was sent. */
  readonly playsUntilMs: number;
  /** Where each mark under way stands in the audio, in order. */
  readonly marks: readonly { readonly n: number; readonly endBytes: number }[];
  /** The newest thing known about what is heard: at this moment, so much. */
  readonly anchor?: { readonly heardMs: number; readonly atMs: number };
  /** The end of the last mark that came back. */
  readonly lastMarkMs: number;
}

export interface PlaybackMessage {
  readonly fromByte: number;
  readonly toByte: number;
  /** Bytes of silence to append. */
  readonly padBytes: number;
  /** The mark to send right after it. */
  readonly mark: string;
}

export interface PlaybackStep {
  readonly playback: Playback;
  readonly messages: readonly PlaybackMessage[];
  /** When to ask again; undefined: when more audio has come, or never. */
  readonly nextAtMs?: number;
}

/** `generation` is higher than any used in this call before: that of the last playback + 1. */
export function newPlayback(turnNo: number, generation: number): Playback {
  return {
    turnNo,
    generation,
    status: 'playing',
    receivedBytes: 0,
    isAudioComplete: false,
    sentBytes: 0,
    messages: 0,
    playsUntilMs: 0,
    marks: [],
    lastMarkMs: 0,
  };
}

/** What has been received of the turn's audio, and whether that is all. */
export function receiveAudio(playback: Playback, receivedBytes: number, isAudioComplete: boolean): Playback {
  return { ...playback, receivedBytes, isAudioComplete };
}

/** What to send now. Ask when audio has come, when `nextAtMs` has come, and after a resume. */
export function nextMessages(playback: Playback, nowMs: number, policy: PlaybackPolicy): PlaybackStep {
  throw new Error(`unwritten ${playback.turnNo}${nowMs}${policy.aheadMs}`);
}

export type MarkEcho =
  | { readonly kind: 'heard'; readonly playback: Playback; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'ignore';
      readonly reason: 'other-generation' | 'unknown-mark' | 'not-a-mark' | 'suspended';
    };

/** A mark came back. Those that come back because of a `clear` are not news. */
export function echoMark(playback: Playback, name: string, nowMs: number): MarkEcho {
  throw new Error(`unwritten ${playback.turnNo}${name}${nowMs}`);
}

/** How much of the turn's audio has been heard by now. */
export function heardMs(playback: Playback, nowMs: number): number {
  throw new Error(`unwritten ${playback.turnNo}${nowMs}`);
}

/** Whether everything has been heard: the last mark came back, or should have long ago. */
export function isHeardToEnd(playback: Playback, nowMs: number, policy: PlaybackPolicy): boolean {
  throw new Error(`unwritten ${playback.turnNo}${nowMs}${policy.aheadMs}`);
}

/** `clear` goes out now. `mustClear` is false when nothing of it was under way. */
export function suspendPlayback(
  playback: Playback,
  nowMs: number,
): { playback: Playback; heardMs: number; mustClear: boolean } {
  throw new Error(`unwritten ${playback.turnNo}${nowMs}`);
}

/** Plays on from this place (`nextUnheardMs`), in a new generation. */
export function resumePlayback(playback: Playback, fromMs: number): Playback {
  throw new Error(`unwritten ${playback.turnNo}${fromMs}`);
}
