import { FRAME_BYTES, MULAW_BYTES_PER_MS } from './mulaw.js';
import type { PlaybackPolicy } from './playback-policy.js';

/**
 * How one turn's audio goes out. Bytes and heard milliseconds count from the start of the turn's audio. Whoever keeps the
 * audio sends the slices it is told.
 */
export interface Playback {
  readonly turnNo: number;
  /** Rises with every `clear` and from turn to turn: a mark of another one says nothing. */
  readonly generation: number;
  readonly status: 'playing' | 'suspended';
  readonly receivedBytes: number;
  readonly isAudioComplete: boolean;
  readonly sentBytes: number;
  /** Messages sent in this generation. */
  readonly messages: number;
  /** When what was sent will have been played, if it plays without a gap from the moment it was sent. */
  readonly playsUntilMs: number;
  /** Marks under way, in order. */
  readonly marks: readonly Mark[];
  /** The newest that is known about what is heard: so much at this moment. */
  readonly anchor?: { readonly heardMs: number; readonly atMs: number };
  /** The end of the last mark that came back, else where this generation began. */
  readonly lastMarkMs: number;
}

interface Mark {
  readonly n: number;
  readonly endMs: number;
}

export interface PlaybackMessage {
  readonly fromByte: number;
  readonly toByte: number;
  /** Bytes of silence (`MULAW_SILENCE`) to append. */
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

/** `generation` is higher than any used in this call before: that of the last playback + 1, from 1 on. */
export function newPlayback(turnNo: number, generation: number): Playback {
  return {
    turnNo,
    generation,
    status: 'playing',
    receivedBytes: 0,
    isAudioComplete: false,
    sentBytes: 0,
    messages: 0,
    playsUntilMs: Number.NEGATIVE_INFINITY,
    marks: [],
    lastMarkMs: 0,
  };
}

/** How much of the turn's audio there is by now, and whether that is all. */
export function receiveAudio(playback: Playback, receivedBytes: number, isAudioComplete: boolean): Playback {
  return { ...playback, receivedBytes, isAudioComplete };
}

/**
 * What to send now. Ask when audio has come, when `nextAtMs` has come, and after a resume. `clear` empties the other
 * side's queue however much was sent, so a lead costs nothing, and it hides a stall of the loop or of the network.
 */
export function nextMessages(playback: Playback, nowMs: number, policy: PlaybackPolicy): PlaybackStep {
  if (playback.status === 'suspended') return { playback, messages: [] };
  const messages: PlaybackMessage[] = [];
  let next = playback;
  const untilMs = leadMs(playback, nowMs) < policy.refillBelowMs ? policy.aheadMs : 0;
  while (leadMs(next, nowMs) < untilMs) {
    const message = nextMessage(next, nowMs, policy);
    if (message === undefined) break;
    messages.push(message);
    next = sent(next, message, nowMs);
  }
  const nextAtMs = nextRefillMs(next, nowMs, policy);
  return { playback: next, messages, ...(nextAtMs !== undefined && { nextAtMs }) };
}

/** How far ahead of the caller's ear the audio was sent. */
const leadMs = ({ playsUntilMs }: Playback, nowMs: number): number => Math.max(0, playsUntilMs - nowMs);

/** Nothing shorter than the minimum, unless it is the end, or there would be silence otherwise. */
function nextMessage(playback: Playback, nowMs: number, policy: PlaybackPolicy): PlaybackMessage | undefined {
  const { generation, messages, sentBytes, receivedBytes, isAudioComplete } = playback;
  const left = receivedBytes - sentBytes;
  const shortest = policy.minMessageMs * MULAW_BYTES_PER_MS;
  const longest = policy.maxMessageMs * MULAW_BYTES_PER_MS;
  const isLast = isAudioComplete && left <= longest;
  // The last two share what is left, so that the last is not a snippet.
  const isSecondLast = isAudioComplete && !isLast && left < longest + shortest;
  const bytes = isLast ? left : wholeFrames(isSecondLast ? left / 2 : Math.min(left, longest));
  const isDue = bytes >= shortest || isLast || leadMs(playback, nowMs) < policy.minMessageMs;
  if (bytes === 0 || !isDue) return undefined;
  return {
    fromByte: sentBytes,
    toByte: sentBytes + bytes,
    padBytes: (FRAME_BYTES - (bytes % FRAME_BYTES)) % FRAME_BYTES,
    mark: `g${generation}:m${messages + 1}`,
  };
}

const wholeFrames = (bytes: number): number => Math.floor(bytes / FRAME_BYTES) * FRAME_BYTES;

function sent(playback: Playback, { toByte, fromByte, padBytes }: PlaybackMessage, nowMs: number): Playback {
  const n = playback.messages + 1;
  const isFromSilence = playback.playsUntilMs <= nowMs;
  const durationMs = (toByte - fromByte + padBytes) / MULAW_BYTES_PER_MS;
  return {
    ...playback,
    sentBytes: toByte,
    messages: n,
    playsUntilMs: Math.max(playback.playsUntilMs, nowMs) + durationMs,
    marks: [...playback.marks, { n, endMs: toByte / MULAW_BYTES_PER_MS }],
    ...(isFromSilence && { anchor: { heardMs: fromByte / MULAW_BYTES_PER_MS, atMs: nowMs } }),
  };
}

/** When the lead will be low; without enough audio for a message, when what there is must go out all the same. */
function nextRefillMs(playback: Playback, nowMs: number, policy: PlaybackPolicy): number | undefined {
  const left = playback.receivedBytes - playback.sentBytes;
  if (left < (playback.isAudioComplete ? 1 : FRAME_BYTES)) return undefined;
  const isEnough = playback.isAudioComplete || left >= policy.minMessageMs * MULAW_BYTES_PER_MS;
  return isEnough
    ? Math.max(nowMs, playback.playsUntilMs - policy.refillBelowMs + 1)
    : playback.playsUntilMs - policy.minMessageMs + 1;
}

export type MarkEcho =
  /** What was heard between the mark before and this one. */
  | { readonly kind: 'heard'; readonly playback: Playback; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'ignore';
      readonly reason: 'not-a-mark' | 'other-generation' | 'unknown-mark' | 'cleared';
    };

/** A mark came back. After a `clear` all pending ones do, heard or not: those are no news. */
export function echoMark(playback: Playback, name: string, nowMs: number): MarkEcho {
  const [, generation, n] = /^g(\d+):m(\d+)$/.exec(name) ?? [];
  if (generation === undefined) return { kind: 'ignore', reason: 'not-a-mark' };
  if (Number(generation) !== playback.generation) return { kind: 'ignore', reason: 'other-generation' };
  if (playback.status === 'suspended') return { kind: 'ignore', reason: 'cleared' };
  const mark = playback.marks.find((one) => one.n === Number(n));
  if (mark === undefined) return { kind: 'ignore', reason: 'unknown-mark' };
  const fromMs = playback.lastMarkMs;
  const next: Playback = {
    ...playback,
    marks: playback.marks.filter((one) => one.n > mark.n),
    anchor: { heardMs: mark.endMs, atMs: nowMs },
    lastMarkMs: mark.endMs,
  };
  return { kind: 'heard', playback: next, fromMs, toMs: mark.endMs };
}

/** How much of the turn's audio has been heard: from the newest thing known, on by the clock, never past what was sent. */
export function heardMs({ anchor, lastMarkMs, sentBytes, status }: Playback, nowMs: number): number {
  if (anchor === undefined || status === 'suspended') return lastMarkMs;
  const byClock = anchor.heardMs + (nowMs - anchor.atMs);
  return Math.min(Math.max(byClock, lastMarkMs), sentBytes / MULAW_BYTES_PER_MS);
}

/** Whether all of it has been heard: the last mark came back, or should have by now. */
export function isHeardToEnd(playback: Playback, nowMs: number, policy: PlaybackPolicy): boolean {
  const { status, isAudioComplete, sentBytes, receivedBytes, marks, playsUntilMs } = playback;
  if (status === 'suspended' || !isAudioComplete || sentBytes < receivedBytes) return false;
  return marks.length === 0 || nowMs >= playsUntilMs + policy.lastMarkGraceMs;
}

/** Silences it: `clear` goes out now, unless nothing of it is under way. What was heard stands still from here on. */
export function suspendPlayback(
  playback: Playback,
  nowMs: number,
): { playback: Playback; mustClear: boolean } {
  if (playback.status === 'suspended') return { playback, mustClear: false };
  const { anchor: _, ...rest } = playback;
  return {
    playback: { ...rest, status: 'suspended', lastMarkMs: heardMs(playback, nowMs), marks: [] },
    mustClear: playback.marks.length > 0,
  };
}

/** Plays on from this place (see `nextUnheardMs`) in a new generation. */
export function resumePlayback(playback: Playback, fromMs: number): Playback {
  if (playback.status === 'playing') return playback;
  const sentBytes = Math.min(Math.floor(fromMs * MULAW_BYTES_PER_MS), playback.receivedBytes);
  return {
    ...playback,
    generation: playback.generation + 1,
    status: 'playing',
    sentBytes,
    messages: 0,
    playsUntilMs: Number.NEGATIVE_INFINITY,
    marks: [],
    lastMarkMs: sentBytes / MULAW_BYTES_PER_MS,
  };
}
