const MUST_BE_ENCODED = /[^\x21\x23\x24\x26-\x7e]/u;
const EACH_TO_ENCODE = /[^\x21\x23\x24\x26-\x7e]/gu;

/**
 * Percent-encodes the characters that a header cannot carry: space, double quote, percent, and all outside of
 * printable ASCII (CloudEvents 1.0, NATS binding, "NATS Header Values").
 */
export function encodeHeaderValue(value: string): string {
  return MUST_BE_ENCODED.test(value) ? value.replace(EACH_TO_ENCODE, percentEncoded) : value;
}

/**
 * Decodes a header value: removes the quotes of a quoted string, then undoes percent-encoding once.
 * @throws URIError when the encoded bytes are not UTF-8
 */
export function decodeHeaderValue(header: string): string {
  const value =
    header.length > 1 && header.startsWith('"') && header.endsWith('"')
      ? header.slice(1, -1).replace(/\\(.)/g, '$1')
      : header;
  return value.includes('%') ? decodeURIComponent(value) : value;
}

function percentEncoded(character: string): string {
  return Buffer.from(character, 'utf8').toString('hex').toUpperCase().replace(/../g, '%$&');
}
