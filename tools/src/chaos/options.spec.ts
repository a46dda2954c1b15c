import { describe, expect, it } from 'vitest';
import { readChaosOptions } from './options.js';

describe('readChaosOptions', () => {
  it('without arguments npm run chaos uses the default options', () => {
    expect(readChaosOptions([])).toMatchObject({
      seeds: 20,
      from: 1,
      parallel: 1,
      isFullScale: false,
      write: false,
    });
  });

  it('chaos options are read from the arguments', () => {
    const args = ['--seeds', '3', '--from', '17', '--parallel', '2', '--full-scale', '--fresh'];
    expect(readChaosOptions(args)).toMatchObject({
      seeds: 3,
      from: 17,
      parallel: 2,
      isFullScale: true,
      fresh: true,
    });
  });

  it.each([
    [['--seeds', '0'], '--seeds takes a whole number from 1 to'],
    [['--from', '-1'], '--from'],
    [['--from', '1.5'], '--from takes a whole number from 0 to'],
    [['--parallel', 'all'], '--parallel takes a whole number from 1 to 16'],
    [['--seed', '1'], "Unknown option '--seed'. See npm run chaos -- --help"],
  ])('readChaosOptions refuses %j', (args, complaint) => {
    expect(() => readChaosOptions(args)).toThrow(complaint);
  });
});
