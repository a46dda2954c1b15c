import { OUTBOX_PARTITIONS } from '../schema/base-migrations.js';

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Returns the outbox partition of an ordering key (an id: ASCII): FNV-1a, equal in every release and replica. */
export function partitionOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  return (hash >>> 0) % OUTBOX_PARTITIONS;
}
