/** A channel, as far as prompts and answers depend on it. */
export interface PromptChannel {
  name: string;
  /** How the agent names it: "phone call". */
  label: string;
  /** How a message of the contact is marked where another channel is answered: "by phone". */
  mark: string;
  /** How the agent names the person on it: "the caller". */
  person: string;
  /** What the agent must know about the channel; added to the agent's own system prompt. */
  facts: readonly string[];
  /** The answer by which a model decides to send no reply; absent where only a blank answer means that. */
  noReply?: string;
}

/** The lines that a system prompt has about the channel that is answered. */
export function channelFacts({ facts, noReply }: PromptChannel): string {
  const silence = noReply === undefined ? [] : [`To send no reply at all, answer with exactly: ${noReply}`];
  return [...facts, ...silence].join('\n');
}
