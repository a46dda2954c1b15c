import { CreateGateway1767225700000 } from './1767225700000-create-gateway.js';

/** The gateway's migrations, oldest first. */
export const migrations = [CreateGateway1767225700000];
