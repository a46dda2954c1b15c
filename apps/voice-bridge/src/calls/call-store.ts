import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Call, EndReason, IncomingCall } from './call.js';

/** Who holds the media socket that carries a call: on this every write of a session compares. */
export type StreamToken = string;

export interface AnnouncedCall {
  readonly call: Call;
  /** Opens a media socket of this call while it is young. */
  readonly mediaToken: string;
  readonly isNew: boolean;
}

export type MediaTokenCheck = { kind: 'valid'; call: Call } | { kind: 'unknown' | 'expired' | 'over' };

export interface ClaimedStream {
  readonly call: Call;
  /** Orders the sockets of a call; the first is 1. */
  readonly streamNo: number;
  /** The highest turn that is recorded; the next one is one more. */
  readonly lastTurnNo: number;
}

/** How far a session has got. */
export interface StreamProgress {
  readonly callId: CallId;
  readonly streamToken: StreamToken;
  readonly turnNo: number;
  readonly heardChars: number;
}

/** What the row of a call says about a socket that no longer carries it. */
export interface LostStream {
  readonly callId: CallId;
  readonly streamToken: StreamToken;
  readonly isCallOver: boolean;
  /** Another socket carries the call. */
  readonly hasSuccessor: boolean;
}

/** Where calls are kept. Throws RetryableError while it is away. */
export abstract class CallStore {
  /** The call of this CallSid, made when it is new; each time with a media token that is valid for `tokenMs` from now. */
  abstract announce(
    tx: Transaction,
    incoming: IncomingCall,
    agentKey: string,
    tokenMs: number,
  ): Promise<AnnouncedCall>;
  abstract checkMediaToken(callId: CallId, token: string): Promise<MediaTokenCheck>;
  /** The newest socket takes the call; undefined when the CallSid is another one's or the call is over. */
  abstract claim(
    tx: Transaction,
    callId: CallId,
    callSid: string,
    streamToken: StreamToken,
  ): Promise<ClaimedStream | undefined>;
  /** Notes that these sockets live and how far they are; returns those that no longer carry their call. */
  abstract renew(streams: readonly StreamProgress[]): Promise<LostStream[]>;
  /** Locks the call's row for what follows in this transaction. */
  abstract lock(tx: Transaction, callId: CallId): Promise<Call | undefined>;
  abstract lockBySid(tx: Transaction, callSid: string): Promise<Call | undefined>;
  /** From now on it is not answered again. False when it was over, or another socket carries it. */
  abstract beginEnding(
    tx: Transaction,
    callId: CallId,
    reason: EndReason,
    streamToken?: StreamToken,
  ): Promise<boolean>;
  /** The call is over at Twilio. */
  abstract end(
    tx: Transaction,
    callId: CallId,
    status: 'completed' | 'failed',
    reason: EndReason,
    endedAt: Date,
  ): Promise<void>;
  /** Calls that nobody has heard of for this long. */
  abstract silentSince(silentMs: number, limit: number): Promise<CallId[]>;
}
