import type { PromptChannel } from '@parley/dialogue';
import type { ContactId, ConversationId, LaneId, RequestId, ThreadId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { z } from 'zod';

/** The turn that uses a tool. A tool takes its recipient from here, never from the model. */
export interface ToolScene {
  readonly turnId: TurnId;
  readonly conversationId: ConversationId;
  readonly laneId: LaneId;
  readonly contactId: ContactId;
  channel: PromptChannel;
  /** The thread that is answered; undefined in a call. */
  readonly threadId?: ThreadId | undefined;
  /** Whether the person is certainly the contact. A caller's number alone does not prove that. */
  readonly isContact: boolean;
}

export interface ToolOutcome {
  /** The result, in words for the model. */
  readonly result: string;
  /** Changes our own database. It runs in the transaction that stores the result, and so once. */
  readonly effect?: (tx: Transaction) => Promise<void>;
}

/** An action that an agent can take besides replying. A refusal is a result, so that the agent can explain it. */
export abstract class Tool<Input = unknown> {
  abstract readonly name: string;
  /** For the model: what the tool does and when to use it. */
  abstract readonly description: string;
  /** The arguments that a model may give: no recipient, number, URL or conversation. */
  abstract readonly input: z.ZodType<Input>;
  /**
   * @param effectId the idempotency key of an effect outside our database, the same in every attempt of the turn
   * @param signal aborts when the tool's time is over
   */
  abstract run(
    input: Input,
    scene: ToolScene,
    effectId: RequestId,
    signal: AbortSignal,
  ): Promise<ToolOutcome>;
}
