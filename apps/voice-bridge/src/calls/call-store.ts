import type { CallId, ContactId, ConversationId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { Call, EndReason, IncomingCall } from './call.js';
import type { HeardProgress } from './open-turn.js';

/** The fence of a call's media stream, which every write of a session checks. */
export type StreamToken = string;

export interface AnnouncedCall {
  readonly call: Call;
  /** Admits a media socket of this call until the token expires. */
  readonly mediaToken: string;
  readonly isNew: boolean;
}

export type MediaTokenCheck = { kind: 'valid'; call: Call } | { kind: 'unknown' | 'expired' | 'over' };

export interface ClaimedStream {
  readonly call: Call;
  /** Counts the media streams of a call from 1. */
  readonly streamNo: number;
  /** The number of the last recorded turn. */
  readonly lastTurnNo: number;
  /** Requests for the agent's turns carry this token, on every media stream of the call. */
  readonly laneToken: string;
}

export interface HeldStream {
  readonly callId: CallId;
  readonly streamToken: StreamToken;
}

/** A media stream that carries its call, and how far its current turn was heard. */
export interface LiveStream extends HeldStream {
  readonly heard: HeardProgress | undefined;
}

/** A process of this service, and the most calls that it carries. */
export interface BridgeProcess {
  readonly id: string;
  readonly maxCalls: number;
}

/** A media stream that no longer carries its call. */
export interface LostStream extends HeldStream {
  /** The call is over, a newer stream carries it, or the newer stream was lost. */
  readonly why: 'call-over' | 'taken-over' | 'newer-stream-lost';
}

/** How long a call may go without a renewal before it counts as silent. */
export interface SilenceLimits {
  /** For a call that a process carries. The process renews the call's media stream every few seconds. */
  readonly carriedMs: number;
  /** For a call that no process carries: its media stream has not opened yet, or was lost. */
  readonly waitingMs: number;
}

/** A call that was not renewed for longer than its limit. */
export interface SilentCall {
  readonly callId: CallId;
  /** The token of the last media stream, if no process has released that stream. */
  readonly streamToken: StreamToken | undefined;
  readonly seenAt: Date;
}

export interface CallFilter {
  readonly status?: string | undefined;
  readonly direction?: string | undefined;
  readonly conversationId?: ConversationId | undefined;
}

/**
 * Stores calls.
 * @throws RetryableError while the store is unavailable
 */
export abstract class CallStore {
  /** Returns the call of this CallSid; stores it if it is new. Its media token is valid for `tokenMs` from now. */
  abstract announce(
    tx: Transaction,
    incoming: IncomingCall,
    agentId: Call['agentId'],
    tokenMs: number,
  ): Promise<AnnouncedCall>;
  abstract checkMediaToken(callId: CallId, token: string): Promise<MediaTokenCheck>;
  /** Returns the calls among these that have had no media socket yet and may still get one. */
  abstract awaitingSocket(callIds: readonly CallId[]): Promise<CallId[]>;
  /**
   * Lets the newest media stream claim the call. Returns undefined if the CallSid belongs to another call or the call is
   * over.
   */
  abstract claim(
    tx: Transaction,
    callId: CallId,
    callSid: string,
    streamToken: StreamToken,
  ): Promise<ClaimedStream | undefined>;
  /** Records that the media stream is lost; the call may go on with another one. */
  abstract release(stream: HeldStream): Promise<void>;
  /**
   * Renews this process and these media streams in one statement, with how far their turns were heard. Returns the streams
   * that no longer carry their call.
   */
  abstract renew(process: BridgeProcess, streams: readonly LiveStream[]): Promise<LostStream[]>;
  /** Deletes processes that were not renewed for this long. */
  abstract forgetProcesses(silentMs: number): Promise<void>;
  /** Locks the call's row until the transaction ends. */
  abstract lock(tx: Transaction, callId: CallId): Promise<Call | undefined>;
  abstract lockBySid(tx: Transaction, callSid: string): Promise<Call | undefined>;
  /** Locks the call's row. Returns whether this media stream still carries the call. */
  abstract lockStream(tx: Transaction, stream: HeldStream): Promise<boolean>;
  /** Locks the call's row. Returns whether another media stream carries the call. */
  abstract isCarriedByAnother(tx: Transaction, stream: HeldStream): Promise<boolean>;
  abstract setConversation(
    callId: CallId,
    conversation: { conversationId: ConversationId; contactId: ContactId },
  ): Promise<void>;
  /**
   * Records that the call must not be answered again. Returns false if the call was over, or if another media stream
   * carries it.
   */
  abstract beginEnding(
    tx: Transaction,
    callId: CallId,
    reason: EndReason,
    streamToken?: StreamToken,
  ): Promise<boolean>;
  /** Ends the call. Returns it with the number of its turns, or undefined if it had ended before. */
  abstract end(
    tx: Transaction,
    callId: CallId,
    end: { status: 'ended' | 'failed'; reason: EndReason; endedAt: Date },
  ): Promise<{ call: Call; turnCount: number } | undefined>;
  abstract find(callId: CallId): Promise<Call | undefined>;
  /** Reads calls, newest first. */
  abstract list(filter: CallFilter, limit: number, before: CallId | undefined): Promise<Call[]>;
  /**
   * Finds calls whose media stream was not renewed for `carriedMs`, and calls without a stream that are `waitingMs` old.
   */
  abstract silentFor(limits: SilenceLimits, limit: number): Promise<SilentCall[]>;
  /**
   * Finds when the sweep is due: a call or a process was silent for too long, or a call with an open turn was over for
   * `turnMs`.
   */
  abstract sweepDueAt(limits: SilenceLimits, turnMs: number): DueQuery;
}
