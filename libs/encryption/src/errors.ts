/** `PARLEY_DATA_KEYS` cannot be used. The message says what is wrong and never holds key material. */
export class InvalidDataKeysError extends Error {
  override readonly name = 'InvalidDataKeysError';
}

/** A value was sealed under a key that is not configured (any more). */
export class UnknownDataKeyError extends Error {
  override readonly name = 'UnknownDataKeyError';

  constructor(readonly keyId: string) {
    super(`No data key "${keyId}" is configured`);
  }
}

/** A sealed value is malformed, was changed, or belongs elsewhere (its associated data differ). */
export class DecryptionFailedError extends Error {
  override readonly name = 'DecryptionFailedError';
}
