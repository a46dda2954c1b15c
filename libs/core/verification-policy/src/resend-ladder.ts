import type { VerificationPolicy } from './verification-policy.js';

/** How a code is sent. */
export type CodeChannel = 'sms' | 'voice';

/**
 * The codes sent to one number for one subject. It belongs to no verification, so that a cancelled one and a new start
 * do not shorten the pauses.
 */
export interface Ladder {
  /** Codes since the ladder began. */
  readonly sent: number;
  readonly firstSmsAtMs: number | undefined;
  readonly lastSentAtMs: number | undefined;
}

export const EMPTY_LADDER: Ladder = { sent: 0, firstSmsAtMs: undefined, lastSentAtMs: undefined };

type LadderPolicy = Pick<VerificationPolicy, 'resendPausesMs' | 'voiceAfterMs' | 'ladderResetMs'>;

/** Returns the ladder as it stands now: a new one after a long enough pause. */
export function ladderAt(ladder: Ladder, nowMs: number, { ladderResetMs }: LadderPolicy): Ladder {
  const { lastSentAtMs } = ladder;
  return lastSentAtMs === undefined || nowMs - lastSentAtMs >= ladderResetMs ? EMPTY_LADDER : ladder;
}

/** From when on the next code may be sent by SMS. */
export function nextSmsAtMs({ sent, lastSentAtMs }: Ladder, { resendPausesMs }: LadderPolicy): number {
  if (lastSentAtMs === undefined) return 0;
  const pauseMs = resendPausesMs[Math.min(sent, resendPausesMs.length) - 1] ?? resendPausesMs[0];
  return lastSentAtMs + pauseMs;
}

/**
 * From when on a code may be sent by a call; undefined if it may not. A call follows an SMS that did not arrive, and
 * after the first call the pauses of the ladder hold.
 */
export function nextVoiceAtMs(ladder: Ladder, policy: LadderPolicy): number | undefined {
  const { firstSmsAtMs, sent } = ladder;
  if (policy.voiceAfterMs === undefined || firstSmsAtMs === undefined) return undefined;
  const afterSms = firstSmsAtMs + policy.voiceAfterMs;
  return sent <= 1 ? afterSms : Math.max(afterSms, nextSmsAtMs(ladder, policy));
}

/** Returns the ladder after one more code. */
export function ladderAfter(ladder: Ladder, channel: CodeChannel, nowMs: number): Ladder {
  return {
    sent: ladder.sent + 1,
    firstSmsAtMs: ladder.firstSmsAtMs ?? (channel === 'sms' ? nowMs : undefined),
    lastSentAtMs: nowMs,
  };
}
