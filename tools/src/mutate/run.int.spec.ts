import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Mutation } from './mutation.js';
import { runMutations } from './run.js';

const SOURCE = `export const isSmall = (count: number): boolean => count < 10;
export const isBig = (count: number): boolean => count > 99;
`;
const SPEC = `import { expect, it } from 'vitest';
import { isBig, isSmall } from './size.js';
it('ten is not small', () => expect(isSmall(10)).toBe(false));
it('a hundred is big', () => expect(isBig(100)).toBe(true));
`;
/** Several runs of Vitest, on a machine that may be busy. */
const PATIENCE_MS = 180_000;

let checkout: string;
const said: string[] = [];

/** A checkout with one source and its spec, neither of them committed. */
beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'parley-mutated-'));
  execFileSync('git', ['init', '--quiet'], { cwd: checkout });
  for (const folder of ['apps', 'dist', 'node_modules']) mkdirSync(join(checkout, folder));
  writeFileSync(join(checkout, '.gitignore'), 'dist/\nnode_modules/\n');
  writeFileSync(join(checkout, 'size.ts'), SOURCE);
  writeFileSync(join(checkout, 'size.spec.ts'), SPEC);
  writeFileSync(join(checkout, 'red.spec.ts'), SPEC.replace('toBe(false)', 'toBe(true)'));
  for (const name of readdirSync(join(repositoryRoot, 'node_modules')).filter(
    (each) => !each.startsWith('.'),
  ))
    symlinkSync(join(repositoryRoot, 'node_modules', name), join(checkout, 'node_modules', name));
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

const mutation = (name: string, from: string, to: string, spec = 'size.spec.ts'): Mutation => ({
  name,
  file: 'size.ts',
  from,
  to,
  specs: [spec],
});
const run = (...mutations: Mutation[]) =>
  runMutations(mutations, {
    checkout,
    parallel: 1,
    env: {},
    say: (line) => said.push(line),
    aborted: new AbortController().signal,
  });

describe('runMutations', () => {
  it(
    'runMutations reports killed, survived, stale and broken mutations, and leaves the checkout unchanged',
    async () => {
      const results = await run(
        mutation('noticed', 'count < 10', 'count <= 10'),
        mutation('not noticed', 'count > 99', 'count > 98'),
        mutation('of a line that has changed', 'count > 9;', 'count > 8;'),
        mutation('a syntax error', 'count > 99', 'count >'),
      );
      expect(results.map(({ verdict, mutation: { name } }) => [name, verdict])).toEqual([
        ['noticed', 'killed'],
        ['not noticed', 'survived'],
        ['of a line that has changed', 'stale'],
        ['a syntax error', 'broken'],
      ]);
      expect(results[0]!.detail).toBe('ten is not small');
      expect(said.at(-1)).toMatch(/^4\/4 {2}broken {4}a syntax error/);
      expect(readFileSync(join(checkout, 'size.ts'), 'utf8')).toBe(SOURCE);
    },
    PATIENCE_MS,
  );

  it(
    'runMutations reports a mutation as broken when its spec fails without the mutation',
    async () => {
      const [result] = await run(mutation('noticed', 'count < 10', 'count <= 10', 'red.spec.ts'));
      expect(result).toMatchObject({
        verdict: 'broken',
        detail: expect.stringContaining('ten is not small'),
      });
    },
    PATIENCE_MS,
  );
});
