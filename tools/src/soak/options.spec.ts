import { describe, expect, it } from 'vitest';
import { readSoakOptions } from './options.js';

describe('readSoakOptions', () => {
  it('without arguments npm run soak uses the default options', () => {
    expect(readSoakOptions([])).toEqual({ minutes: 10, parallel: 10, seed: 1, short: false, write: false });
  });

  it('soak options are read from the arguments', () => {
    const args = '--minutes 2 --parallel 4 --seed 9 --short --write'.split(' ');
    expect(readSoakOptions(args)).toEqual({ minutes: 2, parallel: 4, seed: 9, short: true, write: true });
  });

  it.each([
    ['--minutes', '0'],
    ['--minutes', 'ten'],
    ['--parallel', '33'],
    ['--seed', '-1'],
  ])('readSoakOptions refuses %s %s', (name, value) => {
    expect(() => readSoakOptions([`${name}=${value}`])).toThrow(`${name} takes a whole number from`);
  });
});
