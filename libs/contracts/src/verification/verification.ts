import { z } from 'zod';
import { ConversationId, openEnum, PhoneNumber, Timestamp, VerificationId } from '../fields.js';

/**
 * Who asked for a verification. A code only counts for the subject that asked for it. The id of a `phone` is its text
 * thread, the id of a `web-user` is the user id of the web chat, and the id of an `api` is the caller's own.
 */
export const VerificationSubject = z.object({
  kind: openEnum(['web-user', 'phone', 'api']),
  id: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII')
    .refine((id) => !/^\+[\d().-]{6,}$/.test(id), 'must not be a phone number'),
});
export type VerificationSubject = z.output<typeof VerificationSubject>;

/** What the proof is for. A code only counts for the purpose that it was requested for. */
export const VerificationPurpose = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower-case words like link-phone');

/** How a code reaches the phone. */
export const CodeChannel = openEnum(['sms', 'voice']);
export type CodeChannel = z.output<typeof CodeChannel>;

export const VerificationStatus = openEnum(['pending', 'approved', 'failed', 'expired']);
export type VerificationStatus = z.output<typeof VerificationStatus>;

/** Why a verification failed. */
export const VerificationFailure = openEnum(['cancelled', 'too-many-checks', 'undeliverable']);
export type VerificationFailure = z.output<typeof VerificationFailure>;

/** A verification as the services and REST show it. */
export const VerificationView = z.object({
  id: VerificationId,
  status: VerificationStatus,
  to: PhoneNumber,
  subject: VerificationSubject,
  purpose: VerificationPurpose,
  /** How the newest code was sent. */
  channel: CodeChannel,
  conversationId: ConversationId.optional(),
  createdAt: Timestamp,
  /** When its newest code stops to count; a resend moves it. */
  expiresAt: Timestamp,
  /** Checks that are left of the five. */
  attemptsRemaining: z.int().min(0),
  /** From when on another code may be sent by SMS; null if none may. */
  nextSendAt: Timestamp.nullable(),
  /** From when on the code may be sent by a call; null if it may not. */
  nextVoiceAt: Timestamp.nullable(),
  approvedAt: Timestamp.optional(),
  /** With `failed`. */
  failure: VerificationFailure.optional(),
});
export type VerificationView = z.output<typeof VerificationView>;

export const verificationExample = {
  id: 'ver_01k9wm3v7hq2b8yjr5xet6c4dn',
  status: 'pending',
  to: '+15550100001',
  subject: { kind: 'web-user', id: 'user-42' },
  purpose: 'link-phone',
  channel: 'sms',
  conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
  createdAt: '2026-01-02T03:04:05.678Z',
  expiresAt: '2026-01-02T03:14:05.678Z',
  attemptsRemaining: 5,
  nextSendAt: '2026-01-02T03:05:05.678Z',
  nextVoiceAt: '2026-01-02T03:05:05.678Z',
} as const;
