import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './checkout.js';

type Env = Readonly<Record<string, string>>;

/** The variable that chooses a port's vendor, the folder of its vendors, and the default vendor. */
const PORTS = [
  { variable: 'STT_PROVIDER', folder: 'speech-to-text', first: 'deepgram' },
  { variable: 'TTS_PROVIDER', folder: 'text-to-speech', first: 'elevenlabs' },
] as const;

/**
 * Returns the settings with which the simulator plays the chosen speech vendors, from each vendor's `stand-in.json`. In
 * them, `{http}` and `{ws}` stand for the simulator's origin.
 */
export function simulatedSpeechSettings(simulatorUrl: string, env: Env = {}): Record<string, string> {
  const ws = simulatorUrl.replace(/^http/, 'ws');
  return Object.fromEntries(
    PORTS.flatMap(({ variable, folder, first }) =>
      Object.entries(standInOf(folder, env[variable] ?? first)),
    ).map(([name, value]) => [name, value.replace('{http}', simulatorUrl).replace('{ws}', ws)]),
  );
}

function standInOf(folder: string, vendor: string): Env {
  const file = join(repositoryRoot, 'apps', 'voice-bridge', 'src', folder, vendor, 'stand-in.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Env) : {};
}
