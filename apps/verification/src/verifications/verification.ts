import type { VerificationSubject, VerificationView } from '@parley/contracts';
import type { ConversationId, E164, VerificationId } from '@parley/kernel';
import {
  type CodeChannel,
  type Ladder,
  ladderAt,
  nextSmsAtMs,
  nextVoiceAtMs,
  type VerificationPolicy,
} from '@parley/verification-policy';

export type Status = 'pending' | 'approved' | 'failed' | 'expired';
export type Failure = 'cancelled' | 'too-many-checks' | 'undeliverable';
export type Subject = VerificationSubject;

/** The proof, pending or ended, that a number belongs to a subject. */
export interface Verification {
  readonly id: VerificationId;
  readonly status: Status;
  readonly failure: Failure | undefined;
  readonly purpose: string;
  readonly subject: Subject;
  readonly number: E164;
  readonly conversationId: ConversationId | undefined;
  /** How the newest code was sent. */
  readonly channel: CodeChannel;
  /** The number of the newest code, from 1. */
  readonly codeNo: number;
  /** When the newest code stops to count. */
  readonly expiresAtMs: number;
  readonly checks: number;
  readonly createdAtMs: number;
  readonly approvedAtMs: number | undefined;
}

/** Returns a verification as other services see it. `ladder` says when another code may be sent. */
export function viewOf(
  verification: Verification,
  ladder: Ladder,
  nowMs: number,
  policy: VerificationPolicy,
): VerificationView {
  const { id, number, subject, purpose, channel, conversationId, approvedAtMs, failure } = verification;
  const isExpired = verification.status === 'pending' && verification.expiresAtMs <= nowMs;
  const status = isExpired ? 'expired' : verification.status;
  const current = ladderAt(ladder, nowMs, policy);
  const voiceAtMs = nextVoiceAtMs(current, policy);
  const isPending = status === 'pending';
  return {
    id,
    status,
    to: number,
    subject,
    purpose,
    channel,
    ...(conversationId && { conversationId }),
    createdAt: isoOf(verification.createdAtMs),
    expiresAt: isoOf(verification.expiresAtMs),
    attemptsRemaining: isPending ? Math.max(0, policy.maxChecks - verification.checks) : 0,
    nextSendAt: isPending ? isoOf(nextSmsAtMs(current, policy)) : null,
    nextVoiceAt: isPending && voiceAtMs !== undefined ? isoOf(voiceAtMs) : null,
    ...(approvedAtMs !== undefined && { approvedAt: isoOf(approvedAtMs) }),
    ...(failure && { failure }),
  };
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function isSameSubject(one: Subject, other: Subject): boolean {
  return one.kind === other.kind && one.id === other.id;
}
