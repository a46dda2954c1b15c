import { z } from 'zod';
import { defineEvent, type DataOf } from '../define.js';
import { ConversationId, openEnum, Timestamp, VerificationId } from '../fields.js';
import {
  CodeChannel,
  verificationExample,
  VerificationFailure,
  VerificationPurpose,
  VerificationSubject,
} from './verification.js';

const Verification = z.object({
  verificationId: VerificationId,
  subject: VerificationSubject,
  purpose: VerificationPurpose,
  conversationId: ConversationId.optional(),
  occurredAt: Timestamp,
});
const example = {
  verificationId: verificationExample.id,
  subject: verificationExample.subject,
  purpose: verificationExample.purpose,
  conversationId: verificationExample.conversationId,
  occurredAt: verificationExample.createdAt,
} as const;

/** Somebody asked for a verification, and a code is on its way. */
export const VerificationStarted = defineEvent('verification.started', 1, Verification, {
  summary: 'A verification was started.',
  key: 'verificationId',
  example,
});
export type VerificationStarted = DataOf<typeof VerificationStarted>;

/** The carrier or the phone network has a code. */
export const VerificationSent = defineEvent(
  'verification.sent',
  1,
  Verification.extend({ channel: CodeChannel.optional() }),
  {
    summary: 'A code was sent.',
    key: 'verificationId',
    example: { ...example, channel: 'sms' },
  },
);
export type VerificationSent = DataOf<typeof VerificationSent>;

/** The right code was typed: the number belongs to the subject. */
export const VerificationApproved = defineEvent('verification.approved', 1, Verification, {
  summary: 'The right code was typed.',
  key: 'verificationId',
  example,
});
export type VerificationApproved = DataOf<typeof VerificationApproved>;

/** It was cancelled, used up its checks, or its code could not be delivered. */
export const VerificationFailed = defineEvent(
  'verification.failed',
  1,
  Verification.extend({ failure: VerificationFailure.optional() }),
  {
    summary: 'A verification failed.',
    key: 'verificationId',
    example: { ...example, failure: 'too-many-checks' },
  },
);
export type VerificationFailed = DataOf<typeof VerificationFailed>;

/** Nobody typed the right code in time. */
export const VerificationExpired = defineEvent('verification.expired', 1, Verification, {
  summary: 'A verification expired.',
  key: 'verificationId',
  example,
});
export type VerificationExpired = DataOf<typeof VerificationExpired>;

/** A limit refused a code. It is published once for each limit and day, not for each refused code. */
export const VerificationBlocked = defineEvent(
  'verification.blocked',
  1,
  Verification.extend({
    limit: openEnum(['number', 'prefix', 'client', 'subject', 'country', 'spend', 'conversion']).optional(),
  }),
  {
    summary: 'A limit refused a code.',
    key: 'verificationId',
    example: { ...example, limit: 'prefix' },
  },
);
export type VerificationBlocked = DataOf<typeof VerificationBlocked>;
