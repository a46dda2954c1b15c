import type { Brand } from './brand.js';

/** What each id prefix names. An id is `<prefix>_<26 characters>`, and ids sort by the time at which they were made. */
const PREFIXES = {
  agt: 'agent',
  call: 'call',
  cmd: 'command',
  conv: 'conversation',
  ctc: 'contact',
  evt: 'event',
  idn: 'identity',
  lane: 'lane',
  line: 'line',
  lnk: 'link',
  msg: 'message',
  num: 'number',
  req: 'request',
  snd: 'send',
  thr: 'thread',
  turn: 'turn',
  ver: 'verification',
} as const;

export type IdPrefix = keyof typeof PREFIXES;
export type IdOf<P extends IdPrefix> = Brand<`${P}_${string}`, P>;

export type AgentId = IdOf<'agt'>;
export type CallId = IdOf<'call'>;
export type ContactId = IdOf<'ctc'>;
export type ConversationId = IdOf<'conv'>;
export type IdentityId = IdOf<'idn'>;
export type LaneId = IdOf<'lane'>;
export type LineId = IdOf<'line'>;
export type LinkId = IdOf<'lnk'>;
export type MessageId = IdOf<'msg'>;
export type RequestId = IdOf<'req'>;
export type SendId = IdOf<'snd'>;
export type ThreadId = IdOf<'thr'>;
export type TurnId = IdOf<'turn'>;
export type VerificationId = IdOf<'ver'>;

/** Crockford's base 32 in lower case: no i, l, o or u; the order of the characters is that of their values. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_CHARS = 10;
export const ID_RANDOM_BYTES = 10;
const ID_BODY = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Builds an id in the layout of a ULID: the time at which it is made (milliseconds since 1970), then ten random bytes.
 * @throws RangeError if there are not ten random bytes
 */
export function formatId<P extends IdPrefix>(prefix: P, timestampMs: number, random: Uint8Array): IdOf<P> {
  if (random.length !== ID_RANDOM_BYTES)
    throw new RangeError(`an id needs ${ID_RANDOM_BYTES} random bytes, got ${random.length}`);
  let time = '';
  for (let rest = timestampMs, i = 0; i < TIME_CHARS; i++) {
    time = ALPHABET[rest % 32]! + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}${encodeBase32(random)}` as IdOf<P>;
}

/** Reads an id of one kind; returns undefined for anything else. */
export function parseId<P extends IdPrefix>(prefix: P, text: string): IdOf<P> | undefined {
  const isOne = text.startsWith(`${prefix}_`) && ID_BODY.test(text.slice(prefix.length + 1));
  return isOne ? (text as IdOf<P>) : undefined;
}

/** Derives an id of another kind from this id. The same id always gives the same result. */
export function deriveId<P extends IdPrefix>(prefix: P, id: IdOf<IdPrefix>): IdOf<P> {
  return `${prefix}_${id.slice(id.indexOf('_') + 1)}` as IdOf<P>;
}

function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      text += ALPHABET[(pending >>> pendingBits) & 31];
    }
    pending &= (1 << pendingBits) - 1;
  }
  return text;
}
