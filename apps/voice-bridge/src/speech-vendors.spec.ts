import { simulatedSpeech } from '@parley/local-stack';
import { parseEnv } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { recognisers, voices } from './speech-vendors.js';
import { neededSpeechKeys, voiceEnvOf } from './voice.env.js';

const vendors = [
  ...Object.entries(recognisers).map(([name, vendor]) => ['STT_PROVIDER', name, vendor] as const),
  ...Object.entries(voices).map(([name, vendor]) => ['TTS_PROVIDER', name, vendor] as const),
];

it.each(vendors)('%s=%s works with the settings of its stand-in.json', async (variable, name, vendor) => {
  const env = simulatedSpeech('http://127.0.0.1:1', { [variable]: name });
  expect(await vendor.create(z.object(vendor.settings).parse(env))).toBeDefined();
});

describe('the environment of voice-bridge', () => {
  const check = (env: Record<string, string>) => () => parseEnv('voice-bridge', voiceEnvOf(env), env);

  it('names the missing settings of the default vendors among all that is wrong', () => {
    expect(neededSpeechKeys({})).toEqual(['DEEPGRAM_API_KEY', 'ELEVENLABS_API_KEY', 'ELEVENLABS_VOICE_ID']);
    for (const wrong of ['DATABASE_URL', 'TWILIO_ACCOUNT_SID', ...neededSpeechKeys({})])
      expect(check({})).toThrow(wrong);
  });

  it('names the vendors to choose from when STT_PROVIDER or TTS_PROVIDER names none', () => {
    const env = { STT_PROVIDER: 'morse', TTS_PROVIDER: 'megaphone' };
    expect(check(env)).toThrow(/STT_PROVIDER\s+.*"?deepgram"?/);
    expect(check(env)).toThrow(/TTS_PROVIDER\s+.*"?elevenlabs"?/);
    expect(check(env)).not.toThrow('DEEPGRAM_API_KEY');
  });
});
