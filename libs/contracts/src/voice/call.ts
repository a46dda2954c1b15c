import { z } from 'zod';
import { AgentId, CallId, openEnum, PhoneNumber, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/** The direction of a call: `inbound` if a person called us. */
export const CallDirection = openEnum(['inbound', 'outbound']);
export type CallDirection = z.output<typeof CallDirection>;

/**
 * What the carriers attest about an incoming caller's number (STIR/SHAKEN). `full` (A): the number is the
 * caller's own. `partial` (B): only the customer is known. `gateway` (C): only the call's entry into the
 * network is known. `failed`: the check failed. `none`: there was no check.
 */
export const CallerAttestation = openEnum(['full', 'partial', 'gateway', 'failed', 'none']);
export type CallerAttestation = z.output<typeof CallerAttestation>;

/** The fields of each message about a call, so that the first one to arrive can create the call. */
export const CallOrigin = z.object({
  callId: CallId,
  direction: CallDirection,
  /** The person's number; absent if it is withheld. */
  contactNumber: secret(PhoneNumber).optional(),
  /** The number of our line. */
  lineNumber: secret(PhoneNumber).optional(),
  attestation: CallerAttestation,
  /** The agent of the call. Default: the agent that answers our number. */
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
