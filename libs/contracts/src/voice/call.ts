import { z } from 'zod';
import { AgentId, CallId, openEnum, PhoneNumber, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/** Who called: `inbound` is a person calling us. */
export const CallDirection = openEnum(['inbound', 'outbound']);
export type CallDirection = z.output<typeof CallDirection>;

/**
 * How far the carriers vouch for an incoming caller's number (STIR/SHAKEN). `full` (A): it is the caller's own.
 * `partial` (B): they know only the customer. `gateway` (C): they know only where the call entered the network.
 * `failed`: the check failed. `none`: there was no check.
 */
export const CallerAttestation = openEnum(['full', 'partial', 'gateway', 'failed', 'none']);
export type CallerAttestation = z.output<typeof CallerAttestation>;

/** The fields of each message about a call, so that the first one to arrive can create the call. */
export const CallOrigin = z.object({
  callId: CallId,
  direction: CallDirection,
  /** The person's number; absent when they withhold it. */
  contactNumber: secret(PhoneNumber).optional(),
  /** The number of our line. */
  lineNumber: secret(PhoneNumber).optional(),
  attestation: CallerAttestation,
  /** The agent. Default: the agent that answers our number. */
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
