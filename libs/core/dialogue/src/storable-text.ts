/**
 * Returns a text that Postgres can store: removes NUL, which Postgres refuses, and replaces lone surrogates,
 * which UTF-8 cannot encode.
 */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').replace(LONE_SURROGATE, '\uFFFD');
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
