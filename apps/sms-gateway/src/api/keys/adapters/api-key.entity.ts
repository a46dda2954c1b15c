import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ApiScope } from '../api-key-store.js';

@Entity('api_key')
export class ApiKeyEntity {
  /** SHA-256 in hex. */
  @PrimaryColumn('text', { name: 'key_hash', primaryKeyConstraintName: 'api_key_pkey' })
  keyHash: string;

  @Column('text')
  name: string;

  @Column('text', { array: true })
  scopes: ApiScope[];

  @Column('timestamptz', { name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt: Date;
}
