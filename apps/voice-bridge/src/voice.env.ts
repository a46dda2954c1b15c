import { services } from '@parley/contracts';
import { baseEnv, portVariable, urlVariable, wholeNumberVariable } from '@parley/service-kit/env';
import { checkTwilioEnv, twilioEnv } from '@parley/twilio/env';
import { z } from 'zod';
import { recogniserSettings, voiceSettings } from './speech-settings.js';

const DEFAULT_MAX_CALLS = 100;
/** Longer than a media token is valid (60 s). */
const DEFAULT_DRAIN_MS = 90_000;
const LONGEST_DRAIN_MS = 3_600_000;

const voiceEnv = {
  ...baseEnv,
  ...twilioEnv,
  PORT: portVariable.default(services['voice-bridge'].port),
  /** The URL for Twilio's media sockets, if it is not the public URL. */
  MEDIA_PUBLIC_URL: urlVariable('https', 'http', 'wss', 'ws').optional(),
  /** The vendors of recogniser and voice; each reads settings of its own. */
  STT_PROVIDER: providerOf(recogniserSettings),
  TTS_PROVIDER: providerOf(voiceSettings),
  /** The most calls of this process at a time; further calls are refused. */
  VOICE_MAX_CALLS: wholeNumberVariable(1, 2_000).default(DEFAULT_MAX_CALLS),
  /**
   * The longest time after a signal to stop that this process waits for callers whom Twilio is still connecting, and
   * carries their calls.
   */
  VOICE_DRAIN_MS: wholeNumberVariable(0, LONGEST_DRAIN_MS).default(DEFAULT_DRAIN_MS),
};

/** Everything the voice bridge reads from its environment, beside the settings of its speech vendors. */
export type VoiceEnv = z.output<z.ZodObject<typeof voiceEnv>>;

/** Returns the schema of an environment, with the settings of the chosen vendors. */
export function voiceEnvOf(env: Environment): z.ZodObject<typeof voiceEnv> {
  return z.object({ ...voiceEnv, ...chosenSettings(env) }).check(checkTwilioEnv);
}

/** The variables of all speech vendors, and the variables that choose the vendors. */
export const SPEECH_VARIABLES: readonly string[] = [
  'STT_PROVIDER',
  'TTS_PROVIDER',
  ...[...Object.values(recogniserSettings), ...Object.values(voiceSettings)].flatMap((settings) =>
    Object.keys(settings),
  ),
];

/** Returns the variables that the chosen speech vendors require. */
export function neededSpeechKeys(env: Environment): string[] {
  const isNeeded = ([, field]: [string, z.core.$ZodType]): boolean => !z.safeParse(field, undefined).success;
  return Object.entries(chosenSettings(env))
    .filter(isNeeded)
    .map(([name]) => name);
}

type Environment = Readonly<Record<string, string | undefined>>;

const chosenSettings = (env: Environment): z.ZodRawShape => ({
  ...settingsOf(recogniserSettings, env['STT_PROVIDER']),
  ...settingsOf(voiceSettings, env['TTS_PROVIDER']),
});

function providerOf<Name extends string>(vendors: Readonly<Record<Name, unknown>>) {
  const names = Object.keys(vendors) as [Name, ...Name[]];
  return z.enum(names).default(names[0] as z.core.util.NoUndefined<Name>);
}

/** Returns the settings of the chosen vendor; none for an unknown vendor, which `providerOf` reports. */
function settingsOf(
  vendors: Readonly<Record<string, z.ZodRawShape>>,
  name: string | undefined,
): z.ZodRawShape | undefined {
  return name ? vendors[name] : Object.values(vendors)[0];
}

/** Token of the checked environment. */
export const VOICE_ENV = Symbol('VoiceEnv');
