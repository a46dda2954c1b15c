import { randomBytes } from 'node:crypto';

import { formatId, ID_RANDOM_BYTES, type IdOf, type IdPrefix } from '@parley/kernel';

/** Returns a new id of one kind. Ids of one kind sort by the time at which they were made. */
export function newId<P extends IdPrefix>(prefix: P): IdOf<P> {
  return formatId(prefix, Date.now(), randomBytes(ID_RANDOM_BYTES));
}
