import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface ChaosOptions {
  readonly seeds: number;
  readonly from: number;
  readonly parallel: number;
  /** True gives leases and sweeps their real length instead of a tenth of it. */
  readonly isFullScale: boolean;
  readonly short: boolean;
  /** Each seed gets a fresh Parley. */
  readonly fresh: boolean;
  readonly write: boolean;
}

const MAX_SEED = 1_000_000;
const MAX_PARALLEL = 16;

/**
 * Reads the options of `npm run chaos`.
 * @throws Error with a readable message for invalid arguments
 */
export function readChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = readArguments('npm run chaos --', {
    args: [...args],
    options: {
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '1' },
      'full-scale': { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  return {
    seeds: wholeNumber('seeds', values.seeds, 1, MAX_SEED),
    from: wholeNumber('from', values.from, 0, MAX_SEED),
    parallel: wholeNumber('parallel', values.parallel, 1, MAX_PARALLEL),
    isFullScale: values['full-scale'],
    short: values.short,
    fresh: values.fresh,
    write: values.write,
  };
}
