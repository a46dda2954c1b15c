import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

import { DecryptionFailedError } from './errors.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const TAG = { authTagLength: TAG_BYTES };
const HMAC_KEY_BYTES = 32;

/** Purposes are constants of the code; more than this many means that a caller passes data as the purpose. */
const MAX_PURPOSES = 64;

/** Length of every data key, in bytes (AES-256). */
export const DATA_KEY_BYTES = 32;

/** One data key: encrypts text, and derives one HMAC key for each purpose. */
export class DataKey {
  readonly #key: KeyObject;
  readonly #hmacKeys = new Map<string, KeyObject>();

  constructor(
    readonly id: string,
    material: Uint8Array,
  ) {
    this.#key = createSecretKey(material);
  }

  /** Returns the IV, the ciphertext and the tag, in this order. */
  encrypt(plain: string, aad: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, iv, TAG);
    cipher.setAAD(Buffer.from(aad));
    const ciphertext = cipher.update(plain, 'utf8');
    cipher.final();
    return Buffer.concat([iv, ciphertext, cipher.getAuthTag()]);
  }

  /** @throws DecryptionFailedError */
  decrypt(encrypted: Buffer, aad: string): string {
    if (encrypted.length < IV_BYTES + TAG_BYTES)
      throw new DecryptionFailedError('The encrypted value is too short');
    const tagAt = encrypted.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.#key, encrypted.subarray(0, IV_BYTES), TAG);
    decipher.setAAD(Buffer.from(aad));
    decipher.setAuthTag(encrypted.subarray(tagAt));
    const plain = decipher.update(encrypted.subarray(IV_BYTES, tagAt));
    try {
      decipher.final();
    } catch {
      throw new DecryptionFailedError('The encrypted value or its associated data were changed');
    }
    return plain.toString('utf8');
  }

  hmac(value: string, purpose: string): string {
    return createHmac('sha256', this.#hmacKey(purpose)).update(value, 'utf8').digest('base64url');
  }

  #hmacKey(purpose: string): KeyObject {
    const known = this.#hmacKeys.get(purpose);
    if (known) return known;
    if (this.#hmacKeys.size >= MAX_PURPOSES)
      throw new RangeError(`More than ${MAX_PURPOSES} HMAC purposes: a purpose must be a constant`);
    const derived = hkdfSync('sha256', this.#key, '', `parley/blind-index/${purpose}`, HMAC_KEY_BYTES);
    const hmacKey = createSecretKey(new Uint8Array(derived));
    this.#hmacKeys.set(purpose, hmacKey);
    return hmacKey;
  }
}
