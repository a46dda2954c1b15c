import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Calls at the same time. */
  readonly parallel: number;
  readonly seed: number;
  /** Makes a few rounds of all kinds of calls instead of calling for some minutes. */
  readonly short: boolean;
  readonly write: boolean;
}

const MAX_MINUTES = 24 * 60;
const MAX_PARALLEL = 32;
const MAX_SEED = 1_000_000;

/**
 * Reads the options of `npm run soak`.
 * @throws Error with a readable message for invalid arguments
 */
export function readSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = readArguments('npm run soak --', {
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      parallel: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  return {
    minutes: wholeNumber('minutes', values.minutes, 1, MAX_MINUTES),
    parallel: wholeNumber('parallel', values.parallel, 1, MAX_PARALLEL),
    seed: wholeNumber('seed', values.seed, 0, MAX_SEED),
    short: values.short,
    write: values.write,
  };
}
