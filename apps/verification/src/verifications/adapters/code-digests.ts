import type { DataKeys } from '@parley/encryption';
import type { TypedCode } from '../verification-store.js';

const PURPOSE = 'verification.code';

/**
 * Keyed digests of codes, as they are stored. A digest binds a code to its verification, subject and purpose, so that a row
 * that is copied or changed proves nothing for somebody else. A million codes are quickly tried: only the key protects
 * them.
 */
export class CodeDigests {
  constructor(private readonly keys: DataKeys) {}

  /** The digest to store, under the newest key. */
  of(typed: TypedCode): string {
    return this.keys.blindIndex(boundTo(typed), PURPOSE);
  }

  /** The digests to compare with, one for each live key. */
  candidates(typed: TypedCode): string[] {
    return this.keys.blindIndexes(boundTo(typed), PURPOSE);
  }
}

function boundTo({ id, subject, purpose, code }: TypedCode): string {
  return JSON.stringify([id, subject.kind, subject.id, purpose, code]);
}
