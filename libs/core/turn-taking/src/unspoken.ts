import { REASONING_TAGS } from '@parley/kernel';

/** A growing text without the model's reasoning. */
export interface Growing {
  readonly pending: string;
  /** Inside reasoning: the end of it, since its closing tag may come in pieces. */
  readonly reasoning?: string;
  /** Reasoning has ended and nothing has followed: the space between is no part of the text. */
  readonly isAfterReasoning?: boolean;
}

const REASONING = REASONING_TAGS.join('|');
const OPENING = new RegExp(`<(?:${REASONING})(?:\\s[^<>]*)?>`, 'iu');
const CLOSING = new RegExp(`</(?:${REASONING})\\s*>`, 'iu');
const LONGEST_TAG_CHARS = 32;

/** Adds a piece of text. Drops text between `<think>` and `</think>`. */
export function grow(
  { pending, reasoning, isAfterReasoning: isAfter = false }: Growing,
  piece: string,
): Growing {
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
  // Reasoning whose opening tag stood in the prompt.
  const stray = CLOSING.exec(rest);
  if (stray) return afterReasoning(rest.slice(stray.index + stray[0].length));
  return isAfterReasoning ? afterReasoning(kept + rest) : { pending: kept + rest };
}

function afterReasoning(text: string): Growing {
  const pending = text.trimStart();
  return { pending, ...(pending === '' && { isAfterReasoning: true }) };
}

/** What actors do, as models write it; no word that is often emphasised, or only with what makes it an act. */
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
    // not a link's label, nor a footnote's number
    '\\[(?=\\p{L})[^\\[\\]\\n]{1,60}\\](?![(\\[:])',
    `(?<![*_\\p{L}\\p{N}])([*_])${MANNER}(?:${ACT})(?!\\p{L})[^*_\\n.!?]{0,50}\\2(?![*_\\p{L}\\p{N}])`,
    `[(（]${MANNER}(?:${ACT}|pause)(?!\\p{L})[^()（）\\n.!?]{0,30}[)）]`,
  ].join('|')})([ \\t]*)`,
  'giu',
);

/** An emphasised word that begins a sentence begins with a capital letter: this is something else. */
const LEADING_DIRECTION =
  /^\s*([*_])\p{Ll}[^*_\n.!?]{0,60}\1(?![*_\p{L}\p{N}])(?=\s*(?:$|["'“‘«¿¡「(]?[\p{Lu}\p{Lo}]))[ \t]*/u;

/** The sentence without its stage directions: `*smiles*`, `[pause]`, `(laughs)`. */
export function withoutDirections(sentence: string): string {
  if (!/[*_[(（]/u.test(sentence)) return sentence;
  return sentence
    .replace(LEADING_DIRECTION, '')
    .replace(DIRECTION, (_all, before: string, _mark, after: string) =>
      before !== '' && after !== '' ? ' ' : '',
    );
}
