import type { DialogueChannel } from './channel-facts.js';

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
 * Reads a finished answer. Blank is an explicit "no reply", and so is exactly `OK` by SMS, where the model is told that;
 * anything else is said, trimmed, and cut at a word's end where it is too long.
 */
export function readAnswer(modelText: string, channel: DialogueChannel): Answer {
  const text = modelText.trim();
  if (text === '' || (channel === 'sms' && text === NO_REPLY)) return { kind: 'no-reply' };
  return { kind: 'reply', text: text.length > MAX_ANSWER_CHARS ? cut(text) : text };
}

function cut(text: string): string {
  const room = text.slice(0, MAX_ANSWER_CHARS - CUT.length);
  const wordEnd = Math.max(room.lastIndexOf(' '), room.lastIndexOf('\n'));
  const kept = wordEnd > room.length / 2 ? room.slice(0, wordEnd) : room.replace(/[\uD800-\uDBFF]$/, '');
  return kept.trimEnd() + CUT;
}
