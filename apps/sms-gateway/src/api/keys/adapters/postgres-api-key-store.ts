import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, rows, Transactions } from '@parley/persistence';
import { type ApiKey, ApiKeyStore } from '../api-key-store.js';

@Injectable()
export class PostgresApiKeyStore extends ApiKeyStore {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  async find(key: string): Promise<ApiKey | undefined> {
    const [found] = await this.database.rows<ApiKey>('SELECT name, scopes FROM api_key WHERE key_hash = $1', [
      hashOf(key),
    ]);
    return found;
  }

  async put(key: string, { name, scopes }: ApiKey): Promise<void> {
    const keyHash = hashOf(key);
    await this.transactions.run(async (tx) => {
      await rows(tx, 'DELETE FROM api_key WHERE name = $1 AND key_hash <> $2', [name, keyHash]);
      await rows(
        tx,
        `INSERT INTO api_key (key_hash, name, scopes) VALUES ($1, $2, $3)
         ON CONFLICT (key_hash) DO UPDATE SET name = excluded.name, scopes = excluded.scopes`,
        [keyHash, name, scopes],
      );
    });
  }
}

/** Keys are long and random, so a plain hash is enough: no list of common keys can help to guess one. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
