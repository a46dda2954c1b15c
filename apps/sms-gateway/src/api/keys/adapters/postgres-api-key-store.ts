import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, repository, Transactions } from '@parley/persistence';
import { Not } from 'typeorm';
import { type ApiKey, ApiKeyStore } from '../api-key-store.js';
import { ApiKeyEntity } from './api-key.entity.js';

@Injectable()
export class PostgresApiKeyStore extends ApiKeyStore {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  async find(key: string): Promise<ApiKey | undefined> {
    const keyHash = hashOf(key);
    return (
      (await this.database.withRepository(ApiKeyEntity, (keys) => keys.findOneBy({ keyHash }))) ?? undefined
    );
  }

  async put(key: string, { name, scopes }: ApiKey): Promise<void> {
    const keyHash = hashOf(key);
    await this.transactions.run(async (tx) => {
      const keys = await repository(tx, ApiKeyEntity);
      await keys.delete({ name, keyHash: Not(keyHash) });
      await keys.upsert({ keyHash, name, scopes: [...scopes] }, ['keyHash']);
    });
  }
}

/** Keys are long and random, so a plain hash is enough: no list of common keys helps to guess a key. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
