import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface MutateOptions {
  /** Empty for all. */
  readonly areas: readonly string[];
  readonly only: string | undefined;
  /** Only mutations that specs without a process notice. */
  readonly quick: boolean;
  readonly list: boolean;
  readonly parallel: number;
}

const MAX_PARALLEL = 16;

export const mutateHelp = (areas: readonly string[]) => `npm run mutate -- [area …] [options]

Breaks one line after the other, in a copy of the checkout, and runs the specs that must notice. A change that none of
them notices has survived: then a test is missing. Areas: ${areas.join(', ')}; without one, all.

  --list           names the mutations, and those whose line has changed since; runs nothing
  --quick          only mutations that specs without any process must notice: a few minutes
  --only <words>   only mutations whose name holds these words
  --parallel 1     how many at the same time, each in a copy of its own

Exit code 1 when one survives, when one cannot be applied any more, or when a spec fails without any.
`;

/** Undefined when only help was asked for. Throws a readable error for what makes no sense. */
export function readMutateOptions(
  args: readonly string[],
  known: readonly string[],
): MutateOptions | undefined {
  const { values, positionals } = readArguments('npm run mutate --', {
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      list: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      parallel: { type: 'string', default: '1' },
    },
  });
  if (values.help) return undefined;
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
