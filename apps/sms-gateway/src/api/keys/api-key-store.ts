/** What an API key may do. `admin` may do everything. */
export type ApiScope =
  | 'admin'
  | 'conversations:read'
  | 'events:read'
  | 'messages:write'
  | 'calls:read'
  | 'calls:write'
  | 'dead-letters:read'
  | 'dead-letters:write';

export interface ApiKey {
  readonly name: string;
  readonly scopes: readonly ApiScope[];
}

/**
 * The API keys, stored as hashes only.
 * @throws RetryableError while it is unavailable
 */
export abstract class ApiKeyStore {
  abstract find(key: string): Promise<ApiKey | undefined>;
  /** Stores `key` under this name and deletes an older one. */
  abstract put(key: string, apiKey: ApiKey): Promise<void>;
}
