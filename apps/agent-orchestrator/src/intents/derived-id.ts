import { formatId, ID_RANDOM_BYTES, type IdOf, type IdPrefix } from '@parley/kernel';
import { createHash } from 'node:crypto';

/**
 * Derives the id of an effect from the message that asked for it, so that a repeated turn has the effect once. The id
 * sorts where the message's id does.
 */
export function derivedId<P extends IdPrefix>(prefix: P, source: IdOf<IdPrefix>, effect: string): IdOf<P> {
  const random = createHash('sha256').update(`${source} ${effect}`).digest().subarray(0, ID_RANDOM_BYTES);
  const time = source.slice(source.indexOf('_') + 1).slice(0, -16);
  return `${prefix}_${time}${formatId(prefix, 0, random).slice(-16)}` as IdOf<P>;
}
