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
export type KeywordWord = (typeof WORDS)[KeywordKind][number];

/** A text that is one keyword and nothing else. */
export interface Keyword {
  readonly kind: KeywordKind;
  /**
   * In capitals. `YES` is an opt-in only from somebody who opted out; from anybody else it answers a question, and
   * the agent should see it.
   */
  readonly word: KeywordWord;
  /**
   * Whether the text is the plain word, case and surrounding white space aside: only then can Twilio's own handling
   * be relied on to have taken and confirmed it. Twilio documents single words only, nothing about punctuation.
   */
  readonly verbatim: boolean;
}

const KEYWORDS: ReadonlyMap<string, Omit<Keyword, 'verbatim'>> = new Map(
  (['stop', 'start', 'help'] as const).flatMap((kind) => WORDS[kind].map((word) => [word, { kind, word }])),
);

/** More than any keyword needs with what people put around it. */
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
