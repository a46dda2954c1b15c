import type { ToolCall } from '@parley/dialogue';
import type { ConversationId, RequestId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** The use of a tool as it was written down before it began. */
export interface NotedStep {
  /** Which of its turn, from 0. */
  place: number;
  effectId: RequestId;
  call: ToolCall;
  /** What the model said before it. */
  said: string;
  /** What came of it; undefined while that is not known. */
  result: string | undefined;
}

export interface StepPlace {
  turnId: TurnId;
  conversationId: ConversationId;
  place: number;
}

/** The tools that turns used: what a later attempt of a turn goes on from instead of doing it again. */
export abstract class TurnSteps {
  /** In their order. */
  abstract of(turnId: TurnId): Promise<NotedStep[]>;
  /**
   * Writes down that a tool is about to be used, and returns it; or what another attempt of the turn wrote at this place.
   * Within a transaction that has made sure that the turn is its own to go on with.
   */
  abstract note(tx: Transaction, at: StepPlace, call: ToolCall, said: string): Promise<NotedStep>;
  /** Locks the conversation and writes down what came of it. Returns what stands already, if another attempt was first. */
  abstract settle(tx: Transaction, at: StepPlace, result: string): Promise<string | undefined>;
}
