import { ApiKeyEntity } from './api/keys/adapters/api-key.entity.js';
import { LineEntity } from './lines/adapters/line.entity.js';

/** The gateway's TypeORM entities. The stores of all other tables use SQL. */
export const entities = [ApiKeyEntity, LineEntity] as const;
