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

const MAX_SECONDS = 60;
const MAX_ROUNDS = 20;
const MAX_RATE = 5_000;
const MAX_PEOPLE = 100_000;

/**
 * Reads the options of `npm run bench -- sms`.
 * @throws Error with a readable message for invalid arguments
 */
export function readSmsOptions(args: readonly string[]): SmsBenchOptions {
  const { values } = readArguments('npm run bench -- sms', {
    args: [...args],
    allowNegative: true,
    options: {
      levels: { type: 'string', default: '50,100,200' },
      'ack-level': { type: 'string', default: '500' },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      people: { type: 'string', default: '500' },
      write: { type: 'boolean', default: true },
      profile: { type: 'string' },
    },
  });
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
