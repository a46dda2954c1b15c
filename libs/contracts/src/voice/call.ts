import { z } from 'zod';
import { AgentId, CallId, openEnum, PhoneNumber, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/** Who called whom: `inbound` is a person calling us. */
export const CallDirection = openEnum(['inbound', 'outbound']);
export type CallDirection = z.output<typeof CallDirection>;

/**
 * What the carriers vouch for about an incoming caller's number (STIR/SHAKEN): `full` (A) that it is the caller's own,
 * `partial` (B) only who the customer is, `gateway` (C) only where the call came in; `failed` was checked and is wrong,
 * `none` was not checked.
 */
export const CallerAttestation = openEnum(['full', 'partial', 'gateway', 'failed', 'none']);
export type CallerAttestation = z.output<typeof CallerAttestation>;

/** What each message about a call carries, so that whichever comes first can make the call known. */
export const CallOrigin = z.object({
  callId: CallId,
  direction: CallDirection,
  /** The person's number; absent when they withhold it. */
  contactNumber: secret(PhoneNumber).optional(),
  /** Which of our numbers is called, or calls. */
  lineNumber: secret(PhoneNumber).optional(),
  attestation: CallerAttestation,
  /** Who answers; absent: whoever answers our number. */
  agentId: AgentId.optional(),
  startedAt: Timestamp,
});
export type CallOrigin = z.output<typeof CallOrigin>;

export const callOriginExample = {
  callId: 'call_01k9wm3v7hq2b8yjr5xet6c4dn',
  direction: 'inbound',
  contactNumber: '+15550100001',
  lineNumber: '+15550100000',
  attestation: 'full',
  agentId: 'agt_01k9wm3v7hq2b8yjr5xet6c4dn',
  startedAt: '2026-01-02T03:04:05.678Z',
} as const;
