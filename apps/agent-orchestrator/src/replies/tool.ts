import type { PromptChannel } from '@parley/dialogue';
import type { ContactId, ConversationId, LaneId, RequestId, ThreadId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { z } from 'zod';

/** The turn in which a tool is used, as we know it. Whom a tool reaches comes from here, never from what a model wrote. */
export interface ToolScene {
  turnId: TurnId;
  conversationId: ConversationId;
  laneId: LaneId;
  contactId: ContactId;
  channel: PromptChannel;
  /** Of texts: the thread that is answered. */
  threadId?: ThreadId | undefined;
  /** Whether we take them for the contact; in a call, the number that shows need not be theirs. */
  isContact: boolean;
}

export interface ToolOutcome {
  /** What came of it, in words for the model. */
  result: string;
  /** What of it happens in our own database: in the transaction that writes the result down, so once. */
  effect?: (tx: Transaction) => Promise<void>;
}

/** Something an agent can do besides talking. A refusal is an outcome, so that the agent can put it into words. */
export abstract class Tool<Input = unknown> {
  abstract readonly name: string;
  /** For the model: what it does, when to use it. */
  abstract readonly description: string;
  /** What a model may ask for. Without a recipient, number, URL or conversation. */
  abstract readonly input: z.ZodType<Input>;
  /**
   * @param effectId the same in every attempt of the turn: whatever it does outside our database is to be done once by it
   * @param signal aborted when the time for it is over; whoever asked waits no longer
   */
  abstract run(
    input: Input,
    scene: ToolScene,
    effectId: RequestId,
    signal: AbortSignal,
  ): Promise<ToolOutcome>;
}
