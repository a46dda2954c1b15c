import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface ChaosOptions {
  readonly seeds: number;
  readonly from: number;
  readonly parallel: number;
  /** Leases and sweeps take their real time. */
  readonly isFullScale: boolean;
  readonly short: boolean;
  /** Each seed gets a fresh Parley. */
  readonly fresh: boolean;
  readonly write: boolean;
}

export const CHAOS_HELP = `npm run chaos -- [options]

Injects faults into Parley while simulated people text it, and checks every text afterwards. A seed is a reproducible
schedule of texts and faults: processes killed, frozen and restarted, NATS and Postgres unavailable, JetStream wiped,
Twilio's answers wrong and its callbacks lost. It runs against two gateways and two orchestrators with their own
Postgres, nats-server and simulator, on loopback. In the end every text must be answered once or refused with a reason.
For each failed seed the command prints the violated rules and the folder with the logs.

  --seeds 20       number of seeds
  --from 1         number of the first seed
  --parallel 1     number of seeds at the same time
  --full-scale     leases and sweeps take their real time instead of a tenth of it
  --short          fewer texts and faults per seed
  --fresh          start a fresh Parley for each seed instead of one for several seeds
  --write          write the report into docs/reliability.md
`;

const MAX_SEED = 1_000_000;
const MAX_PARALLEL = 16;

/** Returns undefined for --help. Throws an error with a readable message for invalid arguments. */
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
