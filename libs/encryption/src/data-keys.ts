import { DATA_KEY_BYTES, DataKey } from './data-key.js';
import { DecryptionFailedError, InvalidDataKeysError, UnknownDataKeyError } from './errors.js';

const SEALED = /^e1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * The data keys of an installation, newest first. The first key encrypts and indexes; all keys decrypt and are used in
 * look-ups. To rotate, put the new key first.
 *
 * Text is encrypted as UTF-8: a lone surrogate is decrypted as U+FFFD.
 */
export class DataKeys {
  readonly #current: DataKey;
  readonly #byId: ReadonlyMap<string, DataKey>;

  private constructor(current: DataKey, byId: ReadonlyMap<string, DataKey>) {
    this.#current = current;
    this.#byId = byId;
  }

  /**
   * Parses `<id>:<base64 of 32 bytes>[,…]`.
   * @throws InvalidDataKeysError naming the wrong entry by its id or position
   */
  static parse(spec: string): DataKeys {
    const byId = new Map<string, DataKey>();
    const materials = new Map<string, string>();
    for (const [index, entry] of spec.split(',').entries()) {
      const { id, material } = parseEntry(entry.trim(), index + 1);
      if (byId.has(id)) throw new InvalidDataKeysError(`data key id "${id}" is given twice`);
      const encoded = material.toString('base64');
      const twin = materials.get(encoded);
      if (twin !== undefined)
        throw new InvalidDataKeysError(`data keys "${twin}" and "${id}" are the same key`);
      materials.set(encoded, id);
      byId.set(id, new DataKey(id, material));
    }
    const [current] = byId.values();
    if (!current) throw new InvalidDataKeysError('no data key is given');
    return new DataKeys(current, byId);
  }

  /**
   * Encrypts a text with the first key as `e1.<keyId>.<base64url of iv, ciphertext and tag>`. `aad` identifies where the value
   * is stored (a row and column, an event and field): it decrypts only with the same `aad`.
   */
  encrypt(plain: string, aad: string): string {
    return `e1.${this.#current.id}.${this.#current.encrypt(plain, aad).toString('base64url')}`;
  }

  /** @throws UnknownDataKeyError | DecryptionFailedError */
  decrypt(sealed: string, aad: string): string {
    const [, keyId, encoded] = SEALED.exec(sealed) ?? [];
    if (keyId === undefined || encoded === undefined) {
      throw new DecryptionFailedError('The value is not encrypted: it must be e1.<key id>.<base64url>');
    }
    const key = this.#byId.get(keyId);
    if (!key) throw new UnknownDataKeyError(keyId);
    const bytes = Buffer.from(encoded, 'base64url');
    if (bytes.toString('base64url') !== encoded) {
      throw new DecryptionFailedError('The encrypted value is not canonical base64url');
    }
    return key.decrypt(bytes, aad);
  }

  /** Returns a digest keyed by the first key, `<keyId>.<base64url>`, to find equal values. Use one purpose per column. */
  blindIndex(value: string, purpose: string): string {
    return indexUnder(this.#current, value, purpose);
  }

  /** Returns the value's blind index under every key, in order: a look-up compares with all of them. */
  blindIndexes(value: string, purpose: string): string[] {
    return Array.from(this.#byId.values(), (key) => indexUnder(key, value, purpose));
  }
}

function indexUnder(key: DataKey, value: string, purpose: string): string {
  return `${key.id}.${key.hmac(value, purpose)}`;
}

function parseEntry(entry: string, position: number): { id: string; material: Buffer } {
  const separator = entry.indexOf(':');
  if (separator < 0)
    throw new InvalidDataKeysError(`data key ${position} is not "<id>:<base64 of 32 bytes>"`);
  const id = entry.slice(0, separator);
  if (!KEY_ID.test(id)) {
    throw new InvalidDataKeysError(
      `the id of data key ${position} must be 1 to 32 letters, digits, "_" or "-"`,
    );
  }
  const encoded = entry.slice(separator + 1);
  const material = Buffer.from(encoded, 'base64');
  if (material.toString('base64') !== encoded)
    throw new InvalidDataKeysError(`data key "${id}" is not valid base64`);
  if (material.length !== DATA_KEY_BYTES) {
    throw new InvalidDataKeysError(
      `data key "${id}" has ${material.length} bytes instead of ${DATA_KEY_BYTES}`,
    );
  }
  return { id, material };
}
