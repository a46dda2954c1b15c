/**
 * Twilio's default keywords. Opt-out: twilio.com/docs/messaging/tutorials/advanced-opt-out. Opt-in and help:
 * twilio.com/docs/api/errors/23002 and help.twilio.com article 223134027.
 */
const WORDS = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'YES', 'UNSTOP'],
  help: ['HELP', 'INFO'],
} as const;

export type KeywordKind = keyof typeof WORDS;

/** A text that consists of one keyword. */
export interface Keyword {
  readonly kind: KeywordKind;
  /** The keyword in capitals. `YES` is an opt-in only from a person who opted out; from others it is an answer for the agent. */
  readonly word: (typeof WORDS)[KeywordKind][number];
  /**
   * Whether the text is the plain word, in any case and with any white space around it. Twilio documents only single words
   * without punctuation, so only then did it certainly answer the keyword.
   */
  readonly verbatim: boolean;
}

const KEYWORDS: ReadonlyMap<string, Omit<Keyword, 'verbatim'>> = new Map(
  (['stop', 'start', 'help'] as const).flatMap((kind) => WORDS[kind].map((word) => [word, { kind, word }])),
);

/** The longest text that may be a keyword, with punctuation around it. */
const MAX_CHARS = 64;

/**
 * Reads a bare keyword in any case: `stop`, ` Stop. `, `"STOP"!`, full-width `ＳＴＯＰ`, with invisible characters in
 * between. A question mark (`Cancel?`), an emoji or a second word makes it a message like any other, and so do
 * look-alike letters of another alphabet.
 */
export function readKeyword(text: string): Keyword | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARS) return undefined;
  const word = trimmed
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')
    .replace(/^[\p{P}\s]+/u, '')
    .replace(/(?:(?!\?)[\p{P}\s])+$/u, '')
    .toUpperCase();
  const keyword = KEYWORDS.get(word);
  return keyword && { ...keyword, verbatim: trimmed.toUpperCase() === word && /^[a-z]+$/i.test(trimmed) };
}
