import { readArguments } from '../../read-arguments.js';
import type { ProgramName } from './measured-program.js';

export interface VoiceBenchOptions {
  programs: readonly ProgramName[];
  /** Numbers of simultaneous calls. */
  levels: readonly number[];
  /** Duration of each measurement. */
  seconds: number;
  rounds: number;
  /** Adds a measurement at the highest load with the vendors' published latencies. */
  vendorDelays: boolean;
  /** True measures with the real agent-orchestrator; false simulates its answers. */
  system: boolean;
  warmsUp: boolean;
  /** Whether the measured programs get their own core. */
  pins: boolean;
  durable: boolean;
  write: boolean;
  profileDir: string | undefined;
  /** Section of docs/performance.md for the tables. */
  section: 'bench:voice' | 'bench:voice-words' | 'bench:voice-system';
}

const MAX_CALLS = 1_000;
const MAX_SECONDS = 600;
const MAX_ROUNDS = 20;

/**
 * Reads the options of `npm run bench -- voice`.
 * @throws Error with a readable message for invalid arguments
 */
export function readVoiceOptions(args: readonly string[]): VoiceBenchOptions {
  const { values } = readArguments('npm run bench -- voice', {
    args: [...args],
    allowNegative: true,
    options: {
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
  const { words, system } = values;
  const {
    calls = words ? '100' : '25,50,100',
    seconds = words ? '60' : '6',
    rounds = words ? '1' : '2',
  } = values;
  return {
    programs: programsOf(values.only ?? (words ? 'parley' : undefined)),
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
    section: words ? 'bench:voice-words' : system ? 'bench:voice-system' : 'bench:voice',
  };
}

function programsOf(only: string | undefined): ProgramName[] {
  if (only === undefined) return ['relay', 'parley'];
  if (only !== 'relay' && only !== 'parley') throw new Error('--only takes parley or relay');
  return [only];
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`--${name} takes whole numbers from ${min} to ${max}.`);
  return value;
}
