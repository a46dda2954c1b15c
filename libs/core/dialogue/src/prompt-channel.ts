/** The properties of a channel on which prompts and replies depend. */
export interface PromptChannel {
  name: string;
  /** How the agent names it: "phone call". */
  label: string;
  /** The mark of the contact's messages when the reply goes to another channel: "by phone". */
  mark: string;
  /** How the agent names the person on it: "the caller". */
  person: string;
  /** What the agent must know about the channel; added to the agent's own system prompt. */
  facts: readonly string[];
  /** The text by which a model decides to send no reply. Without it, only a blank text means that. */
  noReply?: string;
}

/** The instructions of a system prompt for the channel of the reply. */
export function channelInstructions({ facts, noReply }: PromptChannel): string {
  const silence = noReply === undefined ? [] : [`To send no reply at all, answer with exactly: ${noReply}`];
  return [...facts, ...silence].join('\n');
}
