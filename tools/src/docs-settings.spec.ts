import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const repositoryRoot = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

/** Returns the variables in the environment schemas of these files. */
function variablesIn(pattern: string): string[] {
  const files = globSync(pattern, { cwd: repositoryRoot, exclude: ['**/node_modules/**'] });
  return files.flatMap((file) =>
    Array.from(read(file).matchAll(/^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /gm), ([, name = '']) => name),
  );
}

it.each([
  [
    'docs/configuration.md',
    '{libs,apps/{agent-orchestrator,sms-gateway,verification,voice-bridge}}/**/{*.env,*-env,*-settings}.ts',
  ],
  ['apps/simulator/README.md', 'apps/simulator/src/simulator.env.ts'],
])('%s names every environment variable of its services', (page, pattern) => {
  const variables = variablesIn(pattern);
  expect(variables.length).toBeGreaterThan(8);
  expect(variables.filter((name) => !read(page).includes(`\`${name}\``))).toEqual([]);
});
