import type { PromptChannel } from './prompt-channel.js';

/** What a model's text means: a reply, or the decision to send none. */
export type ReadAnswer = { kind: 'reply'; text: string } | { kind: 'no-reply' };

/** The longest reply, in UTF-16 code units: as many parts of a text as anybody reads. Reading more of an answer only costs. */
export const MAX_ANSWER_CHARS = 8_000;

const CUT = ' ...';

/**
 * Reads a finished answer. A blank one means "no reply", and so does the channel's own word for that; anything else is a
 * reply, trimmed, and cut at the end of a word where it is too long.
 */
export function readAnswer(modelText: string, { noReply }: Pick<PromptChannel, 'noReply'>): ReadAnswer {
  const text = modelText.trim();
  if (text === '' || text === noReply) return { kind: 'no-reply' };
  return { kind: 'reply', text: text.length > MAX_ANSWER_CHARS ? cut(text) : text };
}

function cut(text: string): string {
  const room = text.slice(0, MAX_ANSWER_CHARS - CUT.length);
  const wordEnd = Math.max(room.lastIndexOf(' '), room.lastIndexOf('\n'));
  const kept = wordEnd > room.length / 2 ? room.slice(0, wordEnd) : room.replace(/[\uD800-\uDBFF]$/, '');
  return kept.trimEnd() + CUT;
}
