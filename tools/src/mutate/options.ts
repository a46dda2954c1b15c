import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface MutateOptions {
  /** The areas to run; empty for all. */
  readonly areas: readonly string[];
  readonly only: string | undefined;
  /** Only mutations that specs without a process notice. */
  readonly quick: boolean;
  readonly list: boolean;
  readonly parallel: number;
}

const MAX_PARALLEL = 16;

/**
 * Reads the options of `npm run mutate`.
 * @throws Error with a readable message for invalid arguments
 */
export function readMutateOptions(args: readonly string[], known: readonly string[]): MutateOptions {
  const { values, positionals } = readArguments('npm run mutate --', {
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      parallel: { type: 'string', default: '1' },
    },
  });
  const unknown = positionals.find((area) => !known.includes(area));
  if (unknown !== undefined) throw new Error(`There is no area "${unknown}". Areas: ${known.join(', ')}`);
  return {
    areas: positionals,
    only: values.only,
    quick: values.quick,
    list: values.list,
    parallel: wholeNumber('parallel', values.parallel, 1, MAX_PARALLEL),
  };
}
