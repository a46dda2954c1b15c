import type { CallEndReason, CallerAttestation, CallOrigin, CallStatus } from '@parley/contracts';
import type { AgentId, CallId, ContactId, ConversationId, E164 } from '@parley/kernel';

export type EndReason = Exclude<CallEndReason, 'unknown'>;
/** Why a call was given up: a vendor that every call needs is unavailable. */
export type UnavailableReason = Extract<EndReason, 'recogniser-unavailable' | 'voice-unavailable'>;
export type StoredCallStatus = Exclude<CallStatus, 'unknown'>;
export type Attestation = Exclude<CallerAttestation, 'unknown'>;

/** A call as stored. */
export interface Call {
  readonly id: CallId;
  readonly callSid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly status: StoredCallStatus;
  /** Undefined if no agent was known when the call arrived. */
  readonly agentId: AgentId | undefined;
  /** The person's number; undefined if it is hidden or not a number. */
  readonly person: E164 | undefined;
  /** The line that was called; undefined if it is not a number. */
  readonly line: E164 | undefined;
  readonly attestation: Attestation;
  readonly startedAt: Date;
  readonly answeredAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly endReason: EndReason | undefined;
  /** Known from the first turn on. */
  readonly conversationId: ConversationId | undefined;
  readonly contactId: ContactId | undefined;
}

/** A call as Twilio announces it, for the first time or again. */
export interface IncomingCall {
  readonly callSid: string;
  readonly person: E164 | undefined;
  readonly line: E164 | undefined;
  readonly attestation: Attestation;
  readonly receivedAt: Date;
}

/** Whether the call is ending, ended or failed, so that it must not be answered again. */
export function isEndingOrOver({ status }: Pick<Call, 'status'>): boolean {
  return status === 'ending' || status === 'ended' || status === 'failed';
}

/**
 * Returns whether a caller who is still connected must hear an apology: if a vendor was unavailable, or if the call is
 * `ended` because its process stopped or died. A call that is `ending` because its connection was lost has had its
 * apology.
 */
export function needsApology({ status, endReason }: Pick<Call, 'status' | 'endReason'>): boolean {
  const isUnavailable = endReason === 'recogniser-unavailable' || endReason === 'voice-unavailable';
  return status === 'ending' ? isUnavailable : isEndingOrOver({ status }) && endReason === 'connection-lost';
}

/** Returns the fields of every message about a call. */
export function originOf(call: Call): CallOrigin {
  return {
    callId: call.id,
    direction: call.direction,
    ...(call.person && { contactNumber: call.person }),
    ...(call.line && { lineNumber: call.line }),
    attestation: call.attestation,
    ...(call.agentId && { agentId: call.agentId }),
    startedAt: call.startedAt.toISOString(),
  };
}
