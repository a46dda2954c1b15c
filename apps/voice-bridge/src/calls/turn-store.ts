import type { TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { HeldStream } from './call-store.js';
import type { OpenTurn } from './open-turn.js';

/** An open turn of a process that died, and the heard part that was last stored. */
export interface AbandonedTurn {
  readonly callId: CallId;
  readonly turn: OpenTurn;
  /** Characters of the written reply. */
  readonly heardChars: number;
  readonly heardMs: number;
}

/**
 * Stores the turns of calls.
 * @throws RetryableError while the store is unavailable
 */
export abstract class TurnStore {
  /** Stores the current state of the turn, if this media stream still carries the call. */
  abstract storeOpen(stream: HeldStream, turn: OpenTurn): Promise<void>;
  /** Closes a turn with its record. Returns false if the turn was recorded before. */
  abstract add(tx: Transaction, callId: CallId, record: TurnRecord): Promise<boolean>;
  /** Reads the turns of a call that are still open. */
  abstract openOf(callId: CallId): Promise<AbandonedTurn[]>;
  /** Reads open turns of calls that are over and whose media streams were not renewed for this long. */
  abstract abandonedFor(silentMs: number, limit: number): Promise<AbandonedTurn[]>;
  /** Reads the last turns of a call, oldest first. */
  abstract newest(callId: CallId, limit: number): Promise<TurnRecord[]>;
  /** Reads the turns after this one, oldest first. */
  abstract after(callId: CallId, turnNo: number, limit: number): Promise<TurnRecord[]>;
}
