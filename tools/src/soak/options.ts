import { readArguments } from '../read-arguments.js';
import { wholeNumber } from '../whole-number.js';

export interface SoakOptions {
  readonly minutes: number;
  /** Calls at the same time. */
  readonly parallel: number;
  readonly seed: number;
  /** A few rounds of all kinds of calls, however long they take, in place of minutes. */
  readonly short: boolean;
  readonly write: boolean;
}

export const SOAK_HELP = `npm run soak -- [options]

Makes call after call and looks for what they leave behind. Callers talk, interrupt, hang up at any moment, fall silent,
lose their socket, open a second one; others open media sockets that never start, send nonsense, flood, or have no
business here. It is all played against a gateway, a voice-bridge and an orchestrator with a Postgres, a nats-server and
a simulator of their own, on loopback. After a few calls to warm up the processes are looked into, and again when all
calls are over: sockets, timers, subscriptions, objects of each class, memory. What has grown is named. Every call must
also have ended with a reason, with all that was said in its transcript, and leave nothing to be done. Linux only.

  --minutes 10     how long calls are made
  --parallel 10    how many at the same time
  --seed 1         which calls, in which order
  --short          three rounds of every kind of call, in place of minutes
  --write          writes the report into docs/reliability.md
`;

const MAX_MINUTES = 24 * 60;
const MAX_PARALLEL = 32;
const MAX_SEED = 1_000_000;

/** Undefined when only help was asked for. Throws a readable error for what makes no sense. */
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
