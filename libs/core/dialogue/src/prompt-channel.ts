/** The properties of a channel on which prompts and replies depend. */
export interface PromptChannel {
  readonly name: string;
  /** The agent's name for the channel, such as "phone call". */
  readonly label: string;
  /** The mark of the contact's messages in a prompt for another channel, such as "by phone". */
  readonly mark: string;
  /** The agent's name for the person on the channel, such as "the caller". */
  readonly person: string;
  /** Facts about the channel that are added to the agent's system prompt. */
  readonly facts: readonly string[];
  /** The word with which the model chooses silence. Without such a word, only a blank answer is silence. */
  readonly noReply?: string;
}

/** Returns the instructions that a system prompt gives for the channel of the reply. */
export function channelInstructions({ facts, noReply }: PromptChannel): string {
  const silence = noReply === undefined ? [] : [`To send no reply at all, answer with exactly: ${noReply}`];
  return [...facts, ...silence].join('\n');
}
