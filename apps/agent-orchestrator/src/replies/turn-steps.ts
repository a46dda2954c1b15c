import type { ToolCall } from '@parley/dialogue';
import type { ConversationId, RequestId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** One tool use of a turn, recorded before the tool ran. */
export interface RecordedStep {
  /** The number of the step in its turn, from 0. */
  readonly position: number;
  readonly effectId: RequestId;
  readonly call: ToolCall;
  /** The model's text before the tool call. */
  readonly said: string;
  /** Undefined until the result is stored. */
  readonly result: string | undefined;
}

export interface StepPosition {
  readonly turnId: TurnId;
  readonly conversationId: ConversationId;
  readonly position: number;
}

/** The tool uses of turns. A later attempt of a turn continues from these steps instead of repeating them. */
export abstract class TurnSteps {
  /** Returns the steps of a turn in their order. */
  abstract of(turnId: TurnId): Promise<RecordedStep[]>;
  /**
   * Records that a tool is about to be used, and returns the step; or returns the step that another attempt
   * recorded at this position. The transaction must have checked that this process still holds the turn.
   */
  abstract record(tx: Transaction, at: StepPosition, call: ToolCall, said: string): Promise<RecordedStep>;
  /** Locks the conversation and stores the result. Returns the result that another attempt stored first, if any. */
  abstract storeResult(tx: Transaction, at: StepPosition, result: string): Promise<string | undefined>;
}
