import { REASONING_TAGS } from '@parley/kernel';

/** A text that grows piece by piece, without the model's reasoning. */
export interface GrowingText {
  readonly pending: string;
  /** The last characters of reasoning that has not ended; held because the closing tag may arrive in pieces. */
  readonly reasoning?: string;
  /** True between the end of reasoning and the next text. The white space there is not part of the text. */
  readonly isAfterReasoning?: boolean;
}

const REASONING = REASONING_TAGS.join('|');
const OPENING = new RegExp(`<(?:${REASONING})(?:\\s[^<>]*)?>`, 'iu');
const CLOSING = new RegExp(`</(?:${REASONING})\\s*>`, 'iu');
const LONGEST_TAG_CHARS = 32;

/** Adds a piece of text. Drops text between `<think>` and `</think>`. */
export function growText(
  { pending, reasoning, isAfterReasoning: isAfter = false }: GrowingText,
  piece: string,
): GrowingText {
  let isReasoning = reasoning !== undefined;
  let isAfterReasoning = isAfter;
  let kept = isReasoning ? pending : '';
  let rest = (reasoning ?? pending) + piece;
  for (;;) {
    const tag = (isReasoning ? CLOSING : OPENING).exec(rest);
    if (tag === null) break;
    if (!isReasoning) kept += rest.slice(0, tag.index);
    rest = rest.slice(tag.index + tag[0].length);
    isAfterReasoning = isReasoning && kept.trim() === '';
    isReasoning = !isReasoning;
  }
  if (isReasoning) return { pending: kept, reasoning: rest.slice(-LONGEST_TAG_CHARS) };
  // The opening tag of this reasoning was in the prompt.
  const stray = CLOSING.exec(rest);
  if (stray) return afterReasoning(rest.slice(stray.index + stray[0].length));
  return isAfterReasoning ? afterReasoning(kept + rest) : { pending: kept + rest };
}

function afterReasoning(text: string): GrowingText {
  const pending = text.trimStart();
  return { pending, ...(pending === '' && { isAfterReasoning: true }) };
}

/**
 * Verbs of stage directions, as models write them. A verb that is often emphasised is listed only together with words
 * that make it a direction.
 */
const ACT = [
  'laugh(?:s|ing|ter)|chuckl(?:es|ing)|giggl(?:es|ing)|sigh(?:s|ing)|smil(?:es|ing)|grin(?:s|ning)|nod(?:s|ding)|wink(?:s|ing)',
  'shrug(?:s|ging)|cough(?:s|ing)|gasp(?:s|ing)|whisper(?:s|ing)|yawn(?:s|ing)|sob(?:s|bing)|pauses|clears (?:\\p{L}+ )?throat',
  'looks (?:at|around|up|down|through|over)|checks (?:the|your|my|their)|takes a|leans (?:in|back|forward|closer)|thinks for|typing',
  'waves (?:at|back|hello|goodbye)|tilts|raises (?:an|one|her|his|their)',
  'lächelt|lacht|seufzt|nickt|zwinkert|räuspert sich|sonríe|suspira|asiente|sourit|soupire|sorride|sospira|glimlacht|zucht|sorri|笑|微笑',
].join('|');
const MANNER = '(?:(?:softly|gently|warmly|nervously|quietly|slowly) )?';
const DIRECTION = new RegExp(
  `([ \\t]*)(?:${[
    // Does not match the label of a link or the number of a footnote.
    '\\[(?=\\p{L})[^\\[\\]\\n]{1,60}\\](?![(\\[:])',
    `(?<![*_\\p{L}\\p{N}])([*_])${MANNER}(?:${ACT})(?!\\p{L})[^*_\\n.!?]{0,50}\\2(?![*_\\p{L}\\p{N}])`,
    `[(（]${MANNER}(?:${ACT}|pause)(?!\\p{L})[^()（）\\n.!?]{0,30}[)）]`,
  ].join('|')})([ \\t]*)`,
  'giu',
);

/** A direction at the beginning of a sentence. An emphasised word would begin with a capital letter there. */
const LEADING_DIRECTION =
  /^\s*([*_])\p{Ll}[^*_\n.!?]{0,60}\1(?![*_\p{L}\p{N}])(?=\s*(?:$|["'“‘«¿¡「(]?[\p{Lu}\p{Lo}]))[ \t]*/u;

/** Removes stage directions from a sentence: `*smiles*`, `[pause]`, `(laughs)`. */
export function withoutDirections(sentence: string): string {
  if (!/[*_[(（]/u.test(sentence)) return sentence;
  return sentence
    .replace(LEADING_DIRECTION, '')
    .replace(DIRECTION, (_all, before: string, _mark, after: string) =>
      before !== '' && after !== '' ? ' ' : '',
    );
}
