import type { CallOrigin, TurnRecord, VoiceTurnEnd } from '@parley/contracts';
import type { CallId, TurnId } from '@parley/kernel';

/** What the agent is asked for: an answer to what was said. */
export interface TurnToTake {
  readonly callId: CallId;
  readonly call: CallOrigin;
  readonly turnNo: number;
  readonly turnId: TurnId;
  /** From 1: another attempt of the same turn ends the one before. */
  readonly attempt: number;
  /** One for the whole call, whichever socket carries it. */
  readonly laneToken: string;
  readonly said: string;
  /** What happened in the call and is not acknowledged. */
  readonly ledger: readonly TurnRecord[];
}

export type ReplyOutcome =
  | { kind: 'ended'; end: VoiceTurnEnd }
  /** `isWorthAnother`: the same turn may succeed when it is asked for again. */
  | { kind: 'failed'; reason: string; isWorthAnother: boolean };

/** The way to the agent, who is in another process. */
export abstract class AgentLine {
  /**
   * Asks for a turn; `onText` gets its words as they come. Aborting tells the agent that they are not wanted any more,
   * and nothing is told afterwards.
   */
  abstract take(turn: TurnToTake, onText: (text: string) => void, signal: AbortSignal): Promise<ReplyOutcome>;
  /** The call goes on, though nobody asks for anything. */
  abstract alive(callId: CallId, laneToken: string): void;
}
