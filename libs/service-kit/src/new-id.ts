import { randomBytes } from 'node:crypto';

import { formatId, ID_RANDOM_BYTES, type IdOf, type IdPrefix } from '@parley/kernel';

/** A new id of one kind, made now. Ids of one prefix sort by the time they were made. */
export function newId<P extends IdPrefix>(prefix: P): IdOf<P> {
  return formatId(prefix, Date.now(), randomBytes(ID_RANDOM_BYTES));
}
