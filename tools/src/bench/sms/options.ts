import { readArguments } from '../../read-arguments.js';
import { wholeNumber } from '../../whole-number.js';

export interface SmsBenchOptions {
  /** Texts per second in the measurements with replies. */
  levels: readonly number[];
  /** Texts per second in the measurement without replies; 0 omits it. */
  ackLevel: number;
  /** Duration of each measurement. */
  seconds: number;
  rounds: number;
  people: number;
  write: boolean;
  profileDir: string | undefined;
}

export const SMS_HELP = `npm run bench -- sms [options]

Measures a text in Parley, from webhook to reply, and compares it with two bare programs under equal load:
  insert   Fastify parses the form, runs one INSERT and answers 200
  relay    Fastify answers 200, asks the model and sends the answer
It starts its own Postgres, NATS and simulator, prints tables and writes them into docs/performance.md. It needs Linux
and takes about four minutes, during which the machine should be idle.

  --levels 50,100,200   texts per second, with replies
  --ack-level 500       texts per second, without replies (0 omits this measurement)
  --seconds 8           duration of each measurement
  --rounds 3            number of repetitions
  --people 500          number of people who text, one after the other
  --no-write            do not change docs/performance.md
  --profile <folder>    make the services write CPU profiles there (which distorts the figures)
`;

const MAX_SECONDS = 60;
const MAX_ROUNDS = 20;
const MAX_RATE = 5_000;
const MAX_PEOPLE = 100_000;

/** Returns undefined for --help. Throws an error with a readable message for invalid arguments. */
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
