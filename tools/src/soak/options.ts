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

export const SOAK_HELP = `npm run soak -- [options]

Makes many calls and looks for leaks. Callers talk, interrupt, hang up at any time, fall silent, lose their socket or
open a second one; other clients open media sockets that never start, send invalid messages, flood, or have a wrong
token. The calls run against a gateway, a voice-bridge and an orchestrator with their own Postgres, nats-server and
simulator, on loopback. Before and after the calls the command counts sockets, timers, subscriptions, objects of each
class, and memory, and prints what has grown. Every call must also have an end reason and a complete transcript, and
leave no unfinished work. Linux only.

  --minutes 10     duration of the soak
  --parallel 10    number of simultaneous calls
  --seed 1         selects the calls and their order
  --short          make three rounds of all kinds of calls instead of calling for some minutes
  --write          write the report into docs/reliability.md
`;

const MAX_MINUTES = 24 * 60;
const MAX_PARALLEL = 32;
const MAX_SEED = 1_000_000;

/** Returns undefined for --help. Throws an error with a readable message for invalid arguments. */
export function readSoakOptions(args: readonly string[]): SoakOptions | undefined {
  const { values } = readArguments('npm run soak --', {
    args: [...args],
    options: {
      help: { type: 'boolean' },
      minutes: { type: 'string', default: '10' },
      parallel: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    minutes: wholeNumber('minutes', values.minutes, 1, MAX_MINUTES),
    parallel: wholeNumber('parallel', values.parallel, 1, MAX_PARALLEL),
    seed: wholeNumber('seed', values.seed, 0, MAX_SEED),
    short: values.short,
    write: values.write,
  };
}
