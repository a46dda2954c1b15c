import { CreateVerification1767657600000 } from './1767657600000-create-verification.js';

/** The migrations of the schema `verification`, oldest first. */
export const migrations = [CreateVerification1767657600000];
