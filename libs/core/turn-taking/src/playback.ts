import { FRAME_BYTES, MULAW_BYTES_PER_MS } from './mulaw.js';
import type { PlaybackPolicy } from './playback-policy.js';

/**
 * The playback of one turn's audio. Bytes and milliseconds count from the start of that audio. The audio's owner sends
 * the slices that `nextMessages` returns.
 */
export interface Playback {
  readonly turnNo: number;
  /** Rises with every `clear` and with every turn; marks of another generation are ignored. */
  readonly generation: number;
  readonly status: 'playing' | 'suspended';
  readonly receivedBytes: number;
  readonly isAudioComplete: boolean;
  readonly sentBytes: number;
  /** Messages sent in this generation. */
  readonly messages: number;
  /** When all sent audio will have been played, if it plays without a gap. */
  readonly playsUntilMs: number;
  /** Marks that have not returned, in order. */
  readonly marks: readonly Mark[];
  /** The last confirmed heard position, and when it was confirmed. */
  readonly anchor?: { readonly heardMs: number; readonly atMs: number };
  /** The position of the last returned mark, or the start of this generation. */
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
  /** The name of the mark that follows the message. */
  readonly mark: string;
}

export interface PlaybackStep {
  readonly playback: Playback;
  readonly messages: readonly PlaybackMessage[];
  /** When to call `nextMessages` again; undefined until more audio arrives. */
  readonly nextAtMs?: number;
}

/** @param generation one more than that of the last playback of this call, from 1 on */
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

/** Records how much of the turn's audio has arrived, and whether more follows. */
export function receiveAudio(playback: Playback, receivedBytes: number, isAudioComplete: boolean): Playback {
  return { ...playback, receivedBytes, isAudioComplete };
}

/**
 * Returns the messages to send now. Called when audio arrives, at `nextAtMs`, and after a resume. Audio is sent ahead
 * to hide stalls of the event loop and the network; that costs nothing, because `clear` empties Twilio's queue.
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

/** Returns how far ahead of the caller the audio was sent. */
const leadMs = ({ playsUntilMs }: Playback, nowMs: number): number => Math.max(0, playsUntilMs - nowMs);

/** Returns the next message. A message below the shortest length is sent only at the end, or to avoid a gap. */
function nextMessage(playback: Playback, nowMs: number, policy: PlaybackPolicy): PlaybackMessage | undefined {
  const { generation, messages, sentBytes, receivedBytes, isAudioComplete } = playback;
  const left = receivedBytes - sentBytes;
  const shortest = policy.minMessageMs * MULAW_BYTES_PER_MS;
  const longest = policy.maxMessageMs * MULAW_BYTES_PER_MS;
  const isLast = isAudioComplete && left <= longest;
  // The last two messages share the remaining audio, so that the last one is not too short.
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

/**
 * Returns when the lead will be low, or, with too little audio for a message, when this audio must be sent to avoid a
 * gap.
 */
function nextRefillMs(playback: Playback, nowMs: number, policy: PlaybackPolicy): number | undefined {
  const left = playback.receivedBytes - playback.sentBytes;
  if (left < (playback.isAudioComplete ? 1 : FRAME_BYTES)) return undefined;
  const isEnough = playback.isAudioComplete || left >= policy.minMessageMs * MULAW_BYTES_PER_MS;
  return isEnough
    ? Math.max(nowMs, playback.playsUntilMs - policy.refillBelowMs + 1)
    : playback.playsUntilMs - policy.minMessageMs + 1;
}

export type ReturnedMark =
  /** The caller heard the audio between the previous mark and this one. */
  | { readonly kind: 'heard'; readonly playback: Playback; readonly fromMs: number; readonly toMs: number }
  | {
      readonly kind: 'ignore';
      readonly reason: 'not-a-mark' | 'other-generation' | 'unknown-mark' | 'cleared';
    };

/**
 * Handles a mark that returned. Ignores the pending marks that a `clear` returns, because their audio may not have been
 * heard.
 */
export function onMarkReturned(playback: Playback, name: string, nowMs: number): ReturnedMark {
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

/**
 * Returns how much of the turn's audio was heard: the last confirmed position plus the time since then, but at most the
 * sent audio.
 */
export function heardMs({ anchor, lastMarkMs, sentBytes, status }: Playback, nowMs: number): number {
  if (anchor === undefined || status === 'suspended') return lastMarkMs;
  const byClock = anchor.heardMs + (nowMs - anchor.atMs);
  return Math.min(Math.max(byClock, lastMarkMs), sentBytes / MULAW_BYTES_PER_MS);
}

/** Whether all audio was heard: the last mark has returned, or is overdue. */
export function isHeardToEnd(playback: Playback, nowMs: number, policy: PlaybackPolicy): boolean {
  const { status, isAudioComplete, sentBytes, receivedBytes, marks, playsUntilMs } = playback;
  if (status === 'suspended' || !isAudioComplete || sentBytes < receivedBytes) return false;
  return marks.length === 0 || nowMs >= playsUntilMs + policy.lastMarkGraceMs;
}

/** Silences the playback; `mustClear` if unheard audio is queued. The heard position does not change. */
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

/** Resumes from this position (see `nextUnheardMs`) in a new generation. */
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
