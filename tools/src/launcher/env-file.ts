import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { repositoryRoot } from '@parley/local-stack';

/**
 * Returns the variables of this process and of the file .env at the top of the checkout; those of the process take
 * precedence.
 */
export function readEnvironment(): NodeJS.Dict<string> {
  const file = join(repositoryRoot, '.env');
  return { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...process.env };
}
