import type { PromptChannel } from './prompt-channel.js';

/** The meaning of a model's text: a reply, or the decision to send none. */
export type ModelAnswer = { kind: 'reply'; text: string } | { kind: 'no-reply' };

/**
 * The longest reply, in UTF-16 code units. It limits the parts of a text and the cost of the model.
 */
export const MAX_REPLY_CHARS = 8_000;

const CUT = ' ...';

/**
 * Reads the model's finished text. A blank text or the channel's own word for it means "no reply". Any other text is a
 * reply. It is trimmed, and cut at the end of a word if it is too long.
 */
export function readReply(modelText: string, { noReply }: Pick<PromptChannel, 'noReply'>): ModelAnswer {
  const text = modelText.trim();
  if (text === '' || text === noReply) return { kind: 'no-reply' };
  return { kind: 'reply', text: text.length > MAX_REPLY_CHARS ? cut(text) : text };
}

function cut(text: string): string {
  const head = text.slice(0, MAX_REPLY_CHARS - CUT.length);
  const wordEnd = Math.max(head.lastIndexOf(' '), head.lastIndexOf('\n'));
  const kept = wordEnd > head.length / 2 ? head.slice(0, wordEnd) : head.replace(/[\uD800-\uDBFF]$/, '');
  return kept.trimEnd() + CUT;
}
