/** What a key may do. `admin` may do everything. */
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

/** The keys of the REST API, by their hash alone. Throws RetryableError while it is away. */
export abstract class ApiKeyStore {
  abstract find(key: string): Promise<ApiKey | undefined>;
  /** Makes `key` the one of this name, in place of an older one. */
  abstract put(key: string, apiKey: ApiKey): Promise<void>;
}
