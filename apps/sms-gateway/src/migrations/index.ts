import { CreateGateway1767225700000 } from './1767225700000-create-gateway.js';
import { IndexEarlyMessages1767225700001 } from './1767225700001-index-early-messages.js';

/** The gateway's migrations, oldest first. */
export const migrations = [CreateGateway1767225700000, IndexEarlyMessages1767225700001];
