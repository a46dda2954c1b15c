import type { CallOrigin, TurnRecord, VoiceTurnEnd } from '@parley/contracts';
import type { CallId, TurnId } from '@parley/kernel';

/** A request for the agent's reply to what the person said. */
export interface TurnToTake {
  readonly callId: CallId;
  readonly call: CallOrigin;
  readonly turnNo: number;
  readonly turnId: TurnId;
  /** From 1: another attempt of the same turn ends the one before. */
  readonly attempt: number;
  /** One for the whole call, whichever media stream carries it. */
  readonly laneToken: string;
  readonly said: string;
  /** The turns of the call that the agent has not acknowledged. */
  readonly ledger: readonly TurnRecord[];
}

export type ReplyOutcome =
  | { kind: 'ended'; end: VoiceTurnEnd }
  /** `isWorthAnother`: another attempt of the same turn may succeed. */
  | { kind: 'failed'; reason: string; isWorthAnother: boolean };

/** Asks the agent, which runs in another process. */
export abstract class AgentClient {
  /**
   * Asks for the reply of a turn; `onText` gets its words as they come. Aborting cancels the turn at the agent; `onText` is not
   * called afterwards.
   */
  abstract take(turn: TurnToTake, onText: (text: string) => void, signal: AbortSignal): Promise<ReplyOutcome>;
  /** Reports that the call goes on while it asks for no reply. */
  abstract alive(callId: CallId, laneToken: string): void;
}
