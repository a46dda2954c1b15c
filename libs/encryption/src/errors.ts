/** `PARLEY_DATA_KEYS` cannot be used. The message never contains key material. */
export class InvalidDataKeysError extends Error {
  override readonly name = 'InvalidDataKeysError';
}

/** A value was encrypted with a key that is not configured (any more). */
export class UnknownDataKeyError extends Error {
  override readonly name = 'UnknownDataKeyError';

  constructor(readonly keyId: string) {
    super(`A value was encrypted with the data key "${keyId}", which is not configured`);
  }
}

/** An encrypted value is malformed, was changed, or has other associated data. */
export class DecryptionFailedError extends Error {
  override readonly name = 'DecryptionFailedError';
}
