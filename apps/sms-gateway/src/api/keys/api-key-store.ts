/** A permission of an API key. `admin` includes all others. */
export type ApiScope =
  | 'admin'
  | 'conversations:read'
  | 'events:read'
  | 'messages:write'
  | 'chat:write'
  | 'calls:read'
  | 'calls:write'
  | 'verifications:read'
  | 'verifications:write'
  | 'dead-letters:read'
  | 'dead-letters:write';

export interface ApiKey {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
}

/**
 * Stores the API keys, as hashes only.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class ApiKeyStore {
  abstract find(key: string): Promise<ApiKey | undefined>;
  /** Stores `key` and deletes an older key of the same name. */
  abstract put(key: string, apiKey: ApiKey): Promise<void>;
}
