import { spokenWordsOf } from './heard-words.js';
import { MULAW_BYTES_PER_MS } from './mulaw.js';
import type { Playback } from './playback.js';
import type { PlaybackPolicy } from './playback-policy.js';
import type { Utterance } from './utterance.js';

/** Moments of a voice that has the whole text of a turn. */
export interface VoiceMoments {
  readonly textAtMs: number;
  /** When the voice got the end of the text. */
  readonly finishedAtMs: number;
  /** When its last audio arrived; undefined before the first. */
  readonly audioAtMs?: number | undefined;
}

/** `whole`: all of the text has audio. `silent`: some of the text has none, after a long wait. */
export type VoiceVerdict = 'wait' | 'whole' | 'silent';

/**
 * Decides whether a voice that has the whole text still owes audio. The voice can report the end 20 s late, and leave
 * times out. Its silence counts from when it got the text of the reply, because a filler's audio is not part of the
 * reply.
 */
export function judgeVoice(
  utterance: Utterance,
  playback: Playback,
  { textAtMs, finishedAtMs, audioAtMs }: VoiceMoments,
  nowMs: number,
  policy: PlaybackPolicy,
): VoiceVerdict {
  const hasSounded = audioAtMs !== undefined && audioAtMs >= textAtMs;
  const quietMs = nowMs - Math.max(textAtMs, finishedAtMs, audioAtMs ?? textAtMs);
  if (isTimedToEnd(utterance)) return quietMs >= policy.lastAudioMs ? 'whole' : 'wait';
  if (!isPlayedOut(playback, nowMs)) return 'wait';
  if (hasSounded && !stopsShort(utterance)) return quietMs >= policy.voiceQuietMs ? 'whole' : 'wait';
  return quietMs >= policy.voiceSilentMs ? 'silent' : 'wait';
}

/** Whether the last letter was timed, and the audio has come up to its end. */
function isTimedToEnd(utterance: Utterance): boolean {
  if (utterance.audioBytes === 0 || utterance.timedChars < utterance.spoken.length) return false;
  const endMs = spokenWordsOf(utterance).at(-1)?.endMs ?? 0;
  return utterance.audioBytes / MULAW_BYTES_PER_MS >= endMs;
}

/** Whether the caller should have heard all received audio. */
const isPlayedOut = ({ status, sentBytes, receivedBytes, playsUntilMs }: Playback, nowMs: number): boolean =>
  status === 'playing' && sentBytes >= receivedBytes && nowMs >= playsUntilMs;

/** Whether the audio is too short for the untimed words: less than a third of their usual time. */
function stopsShort(utterance: Utterance): boolean {
  const { timedChars, audioBytes } = utterance;
  if (timedChars === 0) return false;
  const words = spokenWordsOf(utterance);
  const timedMs = words.findLast(({ end }) => end <= timedChars)?.endMs ?? 0;
  const restMs = (words.at(-1)?.endMs ?? 0) - timedMs;
  return audioBytes / MULAW_BYTES_PER_MS - timedMs < restMs / 3;
}
