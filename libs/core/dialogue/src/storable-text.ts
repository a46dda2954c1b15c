/**
 * The text as a log can keep it: without NUL, which Postgres refuses, and with lone surrogates replaced, which
 * UTF-8 cannot carry. Case, emoji and writing direction stay as they are.
 */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').replace(LONE_SURROGATE, '\uFFFD');
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
