import { readArguments } from '../../read-arguments.js';
import { wholeNumber } from '../../whole-number.js';

export interface SmsBenchOptions {
  /** Texts per second that are answered. */
  levels: readonly number[];
  /** Texts per second that are only taken in; 0: none. */
  ackLevel: number;
  /** Of each contender at each level, per round. */
  seconds: number;
  rounds: number;
  people: number;
  write: boolean;
  profileDir: string | undefined;
}

export const SMS_HELP = `npm run bench -- sms [options]

Measures Parley's way of a text, from webhook to reply, beside two bare programs, by turns and at equal load:
  insert   Fastify, the form, one INSERT, 200
  relay    Fastify, 200, ask the model, send the answer
It starts all it needs (Postgres, NATS, the simulator) in a folder of its own, prints a table and writes it into
docs/performance.md. Needs Linux. About four minutes; leave the machine alone meanwhile.

  --levels 50,100,200   texts per second that are answered
  --ack-level 500       texts per second that are only taken in (0: none)
  --seconds 8           of each program at each level, per round
  --rounds 3            how often all of it is repeated
  --people 500          how many people text, one after the other
  --no-write            leaves docs/performance.md as it is
  --profile <folder>    has the services write CPU profiles there (not to be mixed with a measurement)
`;

const MAX_SECONDS = 60;
const MAX_ROUNDS = 20;
const MAX_RATE = 5_000;
const MAX_PEOPLE = 100_000;

/** Undefined when only help was asked for. Throws a readable error for what makes no sense. */
export function readSmsOptions(args: readonly string[]): SmsBenchOptions | undefined {
  const { values } = readArguments('npm run bench -- sms', {
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean' },
      levels: { type: 'string', default: '50,100,200' },
      'ack-level': { type: 'string', default: '500' },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      people: { type: 'string', default: '500' },
      write: { type: 'boolean', default: true },
      profile: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  return {
    levels: values.levels.split(',').map((level) => wholeNumber('levels', level, 1, MAX_RATE)),
    ackLevel: wholeNumber('ack-level', values['ack-level'], 0, MAX_RATE),
    seconds: wholeNumber('seconds', values.seconds, 1, MAX_SECONDS),
    rounds: wholeNumber('rounds', values.rounds, 1, MAX_ROUNDS),
    people: wholeNumber('people', values.people, 1, MAX_PEOPLE),
    write: values.write,
    profileDir: values.profile,
  };
}
