import { ApiKeyEntity } from './api/keys/adapters/api-key.entity.js';
import { LineEntity } from './lines/adapters/line.entity.js';

/** The gateway's plain records. Everything else is read and written by SQL in its store. */
export const entities = [ApiKeyEntity, LineEntity] as const;
