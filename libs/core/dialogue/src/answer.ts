/** What a model's text means: something to say, or the decision to say nothing. */
export type Answer = { kind: 'reply'; text: string } | { kind: 'no-reply' };

const NO_REPLY = 'OK';

/**
 * The longest answer that is said, in UTF-16 code units: what the most parts of a text message hold that anybody
 * reads. Reading on would only cost.
 */
export const MAX_ANSWER_CHARS = 8_000;

const CUT = ' ...';

/**
 * Reads a finished answer. Blank, or exactly `OK`, is an explicit "no reply"; anything else is said, trimmed, and
 * cut at a word's end where it is too long.
 */
export function readAnswer(modelText: string): Answer {
  const text = modelText.trim();
  if (text === '' || text === NO_REPLY) return { kind: 'no-reply' };
  return { kind: 'reply', text: text.length > MAX_ANSWER_CHARS ? cut(text) : text };
}

/** Whether an answer that has begun like this may still turn out to be "no reply": until then nothing of it is said. */
export function mayBeNoReply(begun: string): boolean {
  return NO_REPLY.startsWith(begun.trim());
}

function cut(text: string): string {
  const room = text.slice(0, MAX_ANSWER_CHARS - CUT.length);
  const wordEnd = Math.max(room.lastIndexOf(' '), room.lastIndexOf('\n'));
  const kept = wordEnd > room.length / 2 ? room.slice(0, wordEnd) : room.replace(/[\uD800-\uDBFF]$/, '');
  return kept.trimEnd() + CUT;
}
