import { simulatedSpeechSettings } from '@parley/local-stack';
import { parseEnv } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recogniserSettings, voiceSettings } from './speech-settings.js';
import { recogniserOf, voiceOf } from './speech-vendors.js';
import { neededSpeechKeys, voiceEnvOf } from './voice.env.js';

const recognisers = Object.entries(recogniserSettings) as ['deepgram', z.ZodRawShape][];
const voices = Object.entries(voiceSettings) as ['elevenlabs', z.ZodRawShape][];
const standIn = (choice: Record<string, string>, settings: z.ZodRawShape) =>
  z.object(settings).parse(simulatedSpeechSettings('http://127.0.0.1:1', choice));

it.each(recognisers)('STT_PROVIDER=%s works with the settings of its stand-in.json', (name, settings) => {
  const choice = { STT_PROVIDER: name };
  expect(recogniserOf({ ...choice, ...standIn(choice, settings) })).toBeDefined();
});

it.each(voices)('TTS_PROVIDER=%s works with the settings of its stand-in.json', (name, settings) => {
  const choice = { TTS_PROVIDER: name };
  expect(voiceOf({ ...choice, ...standIn(choice, settings) })).toBeDefined();
});

describe('the environment of voice-bridge', () => {
  const check = (env: Record<string, string>) => () => parseEnv('voice-bridge', voiceEnvOf(env), env);

  it('voice-bridge reports missing settings of the default vendors together with all other mistakes', () => {
    expect(neededSpeechKeys({})).toEqual(['DEEPGRAM_API_KEY', 'ELEVENLABS_API_KEY', 'ELEVENLABS_VOICE_ID']);
    for (const wrong of ['DATABASE_URL', 'TWILIO_ACCOUNT_SID', ...neededSpeechKeys({})])
      expect(check({})).toThrow(wrong);
  });

  it('voice-bridge lists the available vendors if STT_PROVIDER or TTS_PROVIDER is unknown', () => {
    const env = { STT_PROVIDER: 'morse', TTS_PROVIDER: 'megaphone' };
    expect(check(env)).toThrow(/STT_PROVIDER\s+.*"?deepgram"?/);
    expect(check(env)).toThrow(/TTS_PROVIDER\s+.*"?elevenlabs"?/);
    expect(check(env)).not.toThrow('DEEPGRAM_API_KEY');
  });
});
