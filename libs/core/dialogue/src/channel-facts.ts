import { assertNever } from '@parley/kernel';

/** The ways a person reaches an agent. */
export type DialogueChannel = 'sms' | 'voice' | 'web';

/** What the agent must know about the channel it answers on; it is added to the agent's own system prompt. */
export function channelFacts(channel: DialogueChannel): string {
  switch (channel) {
    case 'sms':
      return [
        'You are answering by SMS text message.',
        'Write plain text without Markdown, as short as the matter allows.',
        'To send no reply at all, answer with exactly: OK',
      ].join('\n');
    case 'voice':
      return [
        'You are answering in a live phone call.',
        'What you write is spoken aloud: short sentences, no lists, no symbols.',
      ].join('\n');
    case 'web':
      return ['You are answering in a web chat.', 'Keep answers short.'].join('\n');
    default:
      return assertNever(channel);
  }
}
