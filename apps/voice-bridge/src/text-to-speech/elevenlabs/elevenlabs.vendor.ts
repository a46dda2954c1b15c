import { speechVendor } from '../../speech-vendor.js';
import type { TextToSpeech } from '../text-to-speech.js';
import { elevenlabsEnv } from './elevenlabs.env.js';

export const elevenlabs = speechVendor(elevenlabsEnv, async (env): Promise<TextToSpeech> => {
  const { ElevenLabsTextToSpeech } = await import('./elevenlabs-text-to-speech.js');
  return new ElevenLabsTextToSpeech({
    apiKey: env.ELEVENLABS_API_KEY,
    model: env.ELEVENLABS_MODEL,
    voiceId: env.ELEVENLABS_VOICE_ID,
    baseUrl: env.ELEVENLABS_BASE_URL,
  });
});
