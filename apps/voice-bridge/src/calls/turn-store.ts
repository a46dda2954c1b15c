import type { TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { HeldStream } from './call-store.js';
import type { OpenTurn } from './open-turn.js';

/** A turn whose process is gone, and what was heard of it when that was last written down. */
export interface AbandonedTurn {
  readonly callId: CallId;
  readonly turn: OpenTurn;
  /** Of the reply as it is written. */
  readonly heardChars: number;
  readonly heardMs: number;
}

/** What was said and heard in calls, turn by turn. Throws RetryableError while it is away. */
export abstract class TurnStore {
  /** Keeps a turn that is under way as it is now, if this socket still carries the call. */
  abstract storeOpen(stream: HeldStream, turn: OpenTurn): Promise<void>;
  /** Closes a turn with its record. False when it is recorded already. */
  abstract add(tx: Transaction, callId: CallId, record: TurnRecord): Promise<boolean>;
  /** The turns of a call that are still open. */
  abstract openOf(callId: CallId): Promise<AbandonedTurn[]>;
  /** The turns that are still open of calls that are over and whose sockets were not heard of for this long. */
  abstract abandonedFor(silentMs: number, limit: number): Promise<AbandonedTurn[]>;
  /** The last ones of a call, oldest first. */
  abstract newest(callId: CallId, limit: number): Promise<TurnRecord[]>;
  /** Those after a turn, oldest first. */
  abstract after(callId: CallId, turnNo: number, limit: number): Promise<TurnRecord[]>;
}
