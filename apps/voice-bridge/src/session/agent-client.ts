import type { CallOrigin, TurnRecord, VoiceTurnEnd } from '@parley/contracts';
import type { CallId, TurnId } from '@parley/kernel';

/** A request for the agent's reply to what the person said. */
export interface TurnRequest {
  readonly callId: CallId;
  readonly call: CallOrigin;
  readonly turnNo: number;
  readonly turnId: TurnId;
  /** Counts from 1. Another attempt of the same turn ends the previous one. */
  readonly attempt: number;
  /** One token for the whole call, on all its media streams. */
  readonly laneToken: string;
  readonly said: string;
  /** The turns of the call that the agent has not acknowledged. */
  readonly ledger: readonly TurnRecord[];
}

export type ReplyOutcome =
  | { kind: 'ended'; end: VoiceTurnEnd }
  /** `isRetryable`: another attempt of the same turn may succeed. */
  | { kind: 'failed'; reason: string; isRetryable: boolean };

/** Requests replies from the agent, which runs in another process. */
export abstract class AgentClient {
  /**
   * Requests the reply of a turn; `onText` gets its words as they arrive. Aborting cancels the turn at the agent; after
   * that, `onText` is not called.
   */
  abstract requestReply(
    turn: TurnRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<ReplyOutcome>;
  /** Reports that the call goes on although it requests no reply. */
  abstract reportAlive(callId: CallId, laneToken: string): void;
}
