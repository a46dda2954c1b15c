export { DataKeys } from './data-keys.js';
export { DecryptionFailedError, InvalidDataKeysError, UnknownDataKeyError } from './errors.js';
