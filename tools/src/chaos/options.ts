import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface ChaosOptions {
  readonly seeds: number;
  readonly from: number;
  readonly parallel: number;
  /** Leases, sweeps and the like take their real time. */
  readonly isFullScale: boolean;
  readonly short: boolean;
  /** Every seed gets a Parley of its own. */
  readonly fresh: boolean;
  readonly write: boolean;
}

export const CHAOS_HELP = `npm run chaos -- [options]

Breaks Parley while people text it, and checks what became of every text. A seed is a schedule of texts and faults
(processes killed, frozen and restarted, NATS and Postgres away, JetStream wiped, bad answers and lost callbacks of
Twilio), the same one each time. It is played against two gateways and two orchestrators with a Postgres, a nats-server
and a simulator of their own, on loopback. Afterwards everything runs again, and each text must have been answered
once or refused with a reason. A seed that fails is named, with what was broken and where the logs are.

  --seeds 20       how many seeds
  --from 1         the first one
  --parallel 1     how many at the same time
  --full-scale     leases and sweeps take their real time, not a tenth of it
  --short          fewer texts and faults in each seed
  --fresh          a Parley of its own for each seed; otherwise one serves several
  --write          writes the report into docs/reliability.md
`;

const MAX_SEED = 1_000_000;
const MAX_PARALLEL = 16;

/** Undefined when only help was asked for. Throws a readable error for what makes no sense. */
export function readChaosOptions(args: readonly string[]): ChaosOptions | undefined {
  const { values } = readArguments('npm run chaos --', {
    args: [...args],
    options: {
      help: { type: 'boolean' },
      seeds: { type: 'string', default: '20' },
      from: { type: 'string', default: '1' },
      parallel: { type: 'string', default: '1' },
      'full-scale': { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
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
