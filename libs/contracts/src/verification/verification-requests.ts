import { z } from 'zod';
import { defineRequest } from '../define.js';
import { ConversationId, openEnum, PhoneNumber, RequestId, VerificationId } from '../fields.js';
import {
  CodeChannel,
  verificationExample,
  VerificationPurpose,
  VerificationSubject,
  VerificationView,
} from './verification.js';

const askedBy = ['sms-gateway', 'agent-orchestrator'] as const;

const requestId = 'req_01k9wm3v7hq2b8yjr5xet6c4dn';
const verificationId = verificationExample.id;
const { subject } = verificationExample;

/** A 6-digit code as a person types it, without spaces and hyphens. */
export const VerificationCode = z.string().regex(/^\d{6}$/, 'must be 6 digits');

/** Milliseconds until the same request may succeed. */
const retryAfterMs = z.int().min(0).optional();

/**
 * Starts a verification, and sends its first code by SMS. The answer does not depend on whether the number is known to us.
 * A repeated request id has no second effect. A pending verification of the same number, subject and purpose is
 * returned as `started`; it sends another code if its `nextSendAt` has passed.
 */
export const StartVerification = defineRequest('verification.start', 1, {
  askedBy,
  input: z.object({
    requestId: RequestId,
    to: PhoneNumber,
    subject: VerificationSubject,
    purpose: VerificationPurpose,
    /** The conversation in which the verification was requested. */
    conversationId: ConversationId.optional(),
    /** The address of the person's device, as the caller's backend gives it. */
    clientIp: z.union([z.ipv4(), z.ipv6()]).optional(),
    /** Who pays: limits apply to it when there is no `clientIp`. */
    apiKeyId: z.string().max(64).optional(),
  }),
  output: z.object({
    /**
     * `limited`: a limit was reached, try again after `retryAfterMs`. `refused`: no code is ever sent to this number,
     * because of its country or its kind.
     */
    outcome: openEnum(['started', 'limited', 'refused']),
    verification: VerificationView.optional(),
    retryAfterMs,
  }),
  summary: 'Send a code to a phone, to prove that it belongs to the person who asks.',
  exampleInput: {
    requestId,
    to: verificationExample.to,
    subject,
    purpose: 'link-phone',
    conversationId: verificationExample.conversationId,
    clientIp: '203.0.113.7',
  },
  exampleOutput: { outcome: 'started', verification: verificationExample },
});

/**
 * Checks a code. A repeated request id counts once and gets the same answer. An unknown id and an id of another subject
 * get the same answer: `not-found`.
 */
export const CheckVerification = defineRequest('verification.check', 1, {
  askedBy,
  input: z.object({
    requestId: RequestId,
    verificationId: VerificationId,
    subject: VerificationSubject,
    purpose: VerificationPurpose,
    code: VerificationCode,
  }),
  output: z.object({
    /** `over`: the verification has expired, failed, or its code was already used. `limited`: too many checks today. */
    outcome: openEnum(['approved', 'wrong-code', 'over', 'limited', 'not-found']),
    verification: VerificationView.optional(),
    retryAfterMs,
  }),
  summary: 'Check a code that a person has typed.',
  exampleInput: { requestId, verificationId, subject, purpose: 'link-phone', code: '123456' },
  exampleOutput: { outcome: 'wrong-code', verification: { ...verificationExample, attemptsRemaining: 4 } },
});

/** Sends a new code of the same verification, by SMS or by a call. The two newest codes count. */
export const ResendVerification = defineRequest('verification.resend', 1, {
  askedBy,
  input: z.object({
    requestId: RequestId,
    verificationId: VerificationId,
    subject: VerificationSubject,
    channel: CodeChannel.default('sms'),
    clientIp: z.union([z.ipv4(), z.ipv6()]).optional(),
    apiKeyId: z.string().max(64).optional(),
  }),
  output: z.object({
    /** `too-early`: before `nextSendAt`, or `nextVoiceAt`. */
    outcome: openEnum(['sent', 'too-early', 'over', 'limited', 'refused', 'not-found']),
    verification: VerificationView.optional(),
    retryAfterMs,
  }),
  summary: 'Send another code of a verification.',
  exampleInput: { requestId, verificationId, subject, channel: 'voice' },
  exampleOutput: { outcome: 'too-early', verification: verificationExample, retryAfterMs: 42_000 },
});

/** Cancels a pending verification: none of its codes counts any more. */
export const CancelVerification = defineRequest('verification.cancel', 1, {
  askedBy,
  input: z.object({ requestId: RequestId, verificationId: VerificationId, subject: VerificationSubject }),
  output: z.object({
    /** `over`: it was not pending, and nothing has changed. */
    outcome: openEnum(['cancelled', 'over', 'not-found']),
    verification: VerificationView.optional(),
  }),
  summary: 'Cancel a verification.',
  exampleInput: { requestId, verificationId, subject },
  exampleOutput: {
    outcome: 'cancelled',
    verification: { ...verificationExample, status: 'failed', failure: 'cancelled' },
  },
});

/** Reads one verification; null when there is none. Without a subject it reads that of any subject. */
export const GetVerification = defineRequest('verification.get', 1, {
  askedBy,
  input: z.object({ verificationId: VerificationId, subject: VerificationSubject.optional() }),
  output: VerificationView.nullable(),
  summary: 'Read one verification.',
  exampleInput: { verificationId },
  exampleOutput: verificationExample,
});
