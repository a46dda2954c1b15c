import type { PromptChannel } from './prompt-channel.js';

/** What a model's text means: a reply, or the decision to send none. */
export type ReadReply = { kind: 'reply'; text: string } | { kind: 'no-reply' };

/**
 * The longest reply, in UTF-16 code units. People do not read more parts of a text, and each further token of the model
 * costs money.
 */
export const MAX_REPLY_CHARS = 8_000;

const CUT = ' ...';

/**
 * Reads the model's finished text. A blank text or the channel's own word for it means "no reply". Any other text is a
 * reply. It is trimmed, and cut at the end of a word if it is too long.
 */
export function readReply(modelText: string, { noReply }: Pick<PromptChannel, 'noReply'>): ReadReply {
  const text = modelText.trim();
  if (text === '' || text === noReply) return { kind: 'no-reply' };
  return { kind: 'reply', text: text.length > MAX_REPLY_CHARS ? cut(text) : text };
}

function cut(text: string): string {
  const room = text.slice(0, MAX_REPLY_CHARS - CUT.length);
  const wordEnd = Math.max(room.lastIndexOf(' '), room.lastIndexOf('\n'));
  const kept = wordEnd > room.length / 2 ? room.slice(0, wordEnd) : room.replace(/[\uD800-\uDBFF]$/, '');
  return kept.trimEnd() + CUT;
}
