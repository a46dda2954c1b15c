import { describe, expect, it } from 'vitest';
import { mutateHelp, readMutateOptions } from './options.js';

const AREAS = ['texts', 'calls'];

describe('readMutateOptions', () => {
  it('means everything, one at a time, when nothing is given', () => {
    expect(readMutateOptions([], AREAS)).toEqual({
      areas: [],
      only: undefined,
      quick: false,
      list: false,
      parallel: 1,
    });
  });

  it('reads what is given', () => {
    const args = ['calls', '--only', 'lease', '--list', '--quick', '--parallel', '2'];
    expect(readMutateOptions(args, AREAS)).toEqual({
      areas: ['calls'],
      only: 'lease',
      quick: true,
      list: true,
      parallel: 2,
    });
  });

  it('reads a request for help, which names the areas', () => {
    expect(readMutateOptions(['--help'], AREAS)).toBeUndefined();
    expect(mutateHelp(AREAS)).toContain('Areas: texts, calls;');
  });

  it.each([
    [['cals'], 'There is no area "cals". Areas: texts, calls'],
    [['--parallel', '0'], '--parallel takes a whole number from 1 to'],
    [['--lst'], 'See npm run mutate -- --help'],
  ])('rejects %j', (args, complaint) => {
    expect(() => readMutateOptions(args, AREAS)).toThrow(complaint);
  });
});
