import type { CallId, ContactId, ConversationId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { Call, EndReason, IncomingCall } from './call.js';
import type { HeardSoFar } from './open-turn.js';

/** Says which media socket carries a call; every write of a session compares it. */
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
  /** Under which the agent's turns are taken, whichever socket carries the call. */
  readonly laneToken: string;
}

export interface HeldStream {
  readonly callId: CallId;
  readonly streamToken: StreamToken;
}

/** A socket that carries its call, and what is heard of the turn under way. */
export interface LiveStream extends HeldStream {
  readonly heard: HeardSoFar | undefined;
}

/** A process of this service, and how many calls it carries at a time. */
export interface BridgeProcess {
  readonly id: string;
  readonly maxCalls: number;
}

/** A socket that does not carry its call any more. */
export interface LostStream extends HeldStream {
  /** `call-over`, or another socket carries the call, or did and is gone. */
  readonly why: 'call-over' | 'succeeded' | 'successor-gone';
}

/** After how long without a sign of life a call is silent. */
export interface SilenceLimits {
  /** While a process carries it: that process renews the call's media stream every few seconds. */
  readonly carriedMs: number;
  /** While no process carries it: before its media stream opens, and after the stream was lost. */
  readonly waitingMs: number;
}

/** A call whose last sign of life is long ago. */
export interface SilentCall {
  readonly callId: CallId;
  /** Of the media stream that carried it last, if no process has released that. */
  readonly streamToken: StreamToken | undefined;
  readonly seenAt: Date;
}

export interface CallFilter {
  readonly status?: string | undefined;
  readonly direction?: string | undefined;
  readonly conversationId?: ConversationId | undefined;
}

/** Where calls are kept. Throws RetryableError while it is away. */
export abstract class CallStore {
  /** The call of this CallSid, made when it is new; each time with a media token that is valid for `tokenMs` from now. */
  abstract announce(
    tx: Transaction,
    incoming: IncomingCall,
    agentId: Call['agentId'],
    tokenMs: number,
  ): Promise<AnnouncedCall>;
  abstract checkMediaToken(callId: CallId, token: string): Promise<MediaTokenCheck>;
  /** Which of these calls have had no media socket yet, and may have one. */
  abstract awaitingSocket(callIds: readonly CallId[]): Promise<CallId[]>;
  /** The newest socket takes the call; undefined when the CallSid is another call's or the call is over. */
  abstract claim(
    tx: Transaction,
    callId: CallId,
    callSid: string,
    streamToken: StreamToken,
  ): Promise<ClaimedStream | undefined>;
  /** The socket is gone and the call may go on: whoever carried it before, or comes next, may know. */
  abstract release(stream: HeldStream): Promise<void>;
  /**
   * Notes, in one statement, that this process and these sockets live, and how far their turns were heard; returns those
   * that no longer carry their call.
   */
  abstract renew(process: BridgeProcess, streams: readonly LiveStream[]): Promise<LostStream[]>;
  /** Processes that have not been heard of for this long. */
  abstract forgetProcesses(silentMs: number): Promise<void>;
  /** Locks the call's row for what follows in this transaction. */
  abstract lock(tx: Transaction, callId: CallId): Promise<Call | undefined>;
  abstract lockBySid(tx: Transaction, callSid: string): Promise<Call | undefined>;
  /** Locks the row and tells whether this socket still carries the call. */
  abstract lockStream(tx: Transaction, stream: HeldStream): Promise<boolean>;
  /** Locks the row and tells whether some other socket than this one carries the call. */
  abstract isCarriedByAnother(tx: Transaction, stream: HeldStream): Promise<boolean>;
  abstract setConversation(
    callId: CallId,
    place: { conversationId: ConversationId; contactId: ContactId },
  ): Promise<void>;
  /** From now on it is not answered again. False when it was over, or another socket carries it. */
  abstract beginEnding(
    tx: Transaction,
    callId: CallId,
    reason: EndReason,
    streamToken?: StreamToken,
  ): Promise<boolean>;
  /** The call is over at Twilio; returns it as it is then, and how many turns it had, or undefined when that was known. */
  abstract end(
    tx: Transaction,
    callId: CallId,
    end: { status: 'ended' | 'failed'; reason: EndReason; endedAt: Date },
  ): Promise<{ call: Call; turnCount: number } | undefined>;
  abstract find(callId: CallId): Promise<Call | undefined>;
  /** The newest first. */
  abstract list(filter: CallFilter, limit: number, before: CallId | undefined): Promise<Call[]>;
  /** Calls whose media stream was not renewed for `carriedMs`, and calls without a stream that are `waitingMs` old. */
  abstract silentFor(limits: SilenceLimits, limit: number): Promise<SilentCall[]>;
  /** When a call or a process will have been silent for too long, or an open turn of a call that is over for `turnMs`. */
  abstract sweepDueAt(limits: SilenceLimits, turnMs: number): DueQuery;
}
