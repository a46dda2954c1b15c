import type { CallId, E164 } from '@parley/kernel';

export type CallStatus = 'ringing' | 'in-progress' | 'ending' | 'completed' | 'failed';

/** Why a call ended. */
export type EndReason =
  | 'caller-hung-up'
  | 'agent-hung-up'
  | 'silence'
  | 'max-duration'
  | 'api'
  | 'media-lost'
  | 'not-answered'
  | 'lost';

/** A call as it is kept. */
export interface Call {
  readonly id: CallId;
  readonly callSid: string;
  readonly direction: 'inbound' | 'outbound';
  readonly status: CallStatus;
  readonly agentKey: string;
  /** The person's number; undefined for one that is withheld or no number. */
  readonly person: E164 | undefined;
  /** Our number. */
  readonly line: E164;
  readonly startedAt: Date;
  readonly answeredAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly endReason: EndReason | undefined;
}

/** A call that Twilio asks us about for the first time, or again. */
export interface IncomingCall {
  readonly callSid: string;
  readonly person: E164 | undefined;
  readonly line: E164;
  readonly receivedAt: Date;
}

/** Whether nothing more happens in a call. */
export function isOver(status: CallStatus): boolean {
  return status === 'ending' || status === 'completed' || status === 'failed';
}
