import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@parley/local-stack';
import { describe, expect, it } from 'vitest';
import { AREAS as AREAS_OF_MUTATIONS } from './areas.js';
import { readMutateOptions } from './options.js';

const AREAS = ['texts', 'calls'];

describe('readMutateOptions', () => {
  it('without arguments npm run mutate runs all mutations, one at a time', () => {
    expect(readMutateOptions([], AREAS)).toEqual({
      areas: [],
      only: undefined,
      quick: false,
      list: false,
      parallel: 1,
    });
  });

  it('mutate options are read from the arguments', () => {
    const args = ['calls', '--only', 'lease', '--list', '--quick', '--parallel', '2'];
    expect(readMutateOptions(args, AREAS)).toEqual({
      areas: ['calls'],
      only: 'lease',
      quick: true,
      list: true,
      parallel: 2,
    });
  });

  it('the help of npm run mutate names all areas', () => {
    const help = readFileSync(join(repositoryRoot, 'tools/help/mutate.txt'), 'utf8');
    expect(help).toContain(`Areas: ${Object.keys(AREAS_OF_MUTATIONS).join(', ')};`);
  });

  it.each([
    [['cals'], 'There is no area "cals". Areas: texts, calls'],
    [['--parallel', '0'], '--parallel takes a whole number from 1 to'],
    [['--lst'], 'See npm run mutate -- --help'],
  ])('readMutateOptions refuses %j', (args, complaint) => {
    expect(() => readMutateOptions(args, AREAS)).toThrow(complaint);
  });
});
