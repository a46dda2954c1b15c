import { readArguments } from '../../read-arguments.js';
import type { ContenderName } from './contender.js';

export interface VoiceBenchOptions {
  contenders: readonly ContenderName[];
  /** Calls at a time. */
  levels: readonly number[];
  /** Of each contender at each level, per round. */
  seconds: number;
  rounds: number;
  /** Once more at the highest level, with vendors that take as long as they publish. */
  vendorDelays: boolean;
  /** With the real agent-orchestrator; otherwise its answers are played, and no other service is measured. */
  system: boolean;
  warmsUp: boolean;
  /** The measured programs on a core of their own. */
  pins: boolean;
  durable: boolean;
  write: boolean;
  profileDir: string | undefined;
  /** Where the table goes. */
  place: 'bench:voice' | 'bench:voice-words' | 'bench:voice-system';
}

export const VOICE_HELP = `npm run bench -- voice [options]

Measures voice-bridge with calls at the speed of time, beside a bare WebSocket relay, by turns and at equal load. Each
has a core of its own (taskset); callers, recogniser, voice and agent are played by one process on the other cores, over
real sockets and a real nats-server, and check every word.
It starts all it needs in a folder of its own, prints a table and writes it into docs/performance.md. Needs Linux.
About four minutes; leave the machine alone meanwhile.

  --calls 25,50,100     calls at a time
  --seconds 6           counted of each program at each level, per round
  --rounds 2            how often all of it is repeated
  --no-vendor-delays    not once more with vendors that take as long as they publish
  --only parley         one program alone: parley or relay
  --system              with the real agent-orchestrator: only its model is played; its CPU counts as voice-bridge's
  --words               100 calls for a minute, voice-bridge alone: is every word right? Its table stands by itself
  --no-pin              do not bind processes to cores
  --no-write            leaves docs/performance.md as it is
  --profile <folder>    has voice-bridge write a CPU profile there (not to be mixed with a measurement)
`;

const MAX_CALLS = 1_000;
const MAX_SECONDS = 600;
const MAX_ROUNDS = 20;

/** Undefined when only help was asked for. Throws a readable error for what makes no sense. */
export function readVoiceOptions(args: readonly string[]): VoiceBenchOptions | undefined {
  const { values } = readArguments('npm run bench -- voice', {
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean' },
      calls: { type: 'string' },
      seconds: { type: 'string' },
      rounds: { type: 'string' },
      'vendor-delays': { type: 'boolean' },
      only: { type: 'string' },
      system: { type: 'boolean', default: false },
      words: { type: 'boolean', default: false },
      pin: { type: 'boolean', default: true },
      write: { type: 'boolean', default: true },
      profile: { type: 'string' },
    },
  });
  if (values.help) return undefined;
  const { words, system } = values;
  const {
    calls = words ? '100' : '25,50,100',
    seconds = words ? '60' : '6',
    rounds = words ? '1' : '2',
  } = values;
  return {
    contenders: contendersOf(values.only ?? (words ? 'parley' : undefined)),
    levels: calls.split(',').map((level) => wholeNumber('calls', level, 1, MAX_CALLS)),
    seconds: wholeNumber('seconds', seconds, 1, MAX_SECONDS),
    rounds: wholeNumber('rounds', rounds, 1, MAX_ROUNDS),
    vendorDelays: values['vendor-delays'] ?? !words,
    system,
    warmsUp: true,
    pins: values.pin,
    durable: true,
    write: values.write,
    profileDir: values.profile,
    place: words ? 'bench:voice-words' : system ? 'bench:voice-system' : 'bench:voice',
  };
}

function contendersOf(only: string | undefined): ContenderName[] {
  if (only === undefined) return ['relay', 'parley'];
  if (only !== 'relay' && only !== 'parley') throw new Error('--only takes parley or relay.');
  return [only];
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`--${name} takes whole numbers from ${min} to ${max}.`);
  return value;
}
