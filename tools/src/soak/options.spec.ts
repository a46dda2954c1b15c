import { describe, expect, it } from 'vitest';
import { readSoakOptions } from './options.js';

describe('the options of npm run soak', () => {
  it('have defaults', () => {
    expect(readSoakOptions([])).toEqual({ minutes: 10, parallel: 10, seed: 1, short: false, write: false });
  });

  it('are read', () => {
    const args = '--minutes 2 --parallel 4 --seed 9 --short --write'.split(' ');
    expect(readSoakOptions(args)).toEqual({ minutes: 2, parallel: 4, seed: 9, short: true, write: true });
  });

  it.each([
    ['--minutes', '0'],
    ['--minutes', 'ten'],
    ['--parallel', '33'],
    ['--seed', '-1'],
  ])('refuse %s %s', (name, value) => {
    expect(() => readSoakOptions([`${name}=${value}`])).toThrow(`${name} takes a whole number from`);
  });

  it('are explained on demand', () => {
    expect(readSoakOptions(['--help'])).toBeUndefined();
  });
});
