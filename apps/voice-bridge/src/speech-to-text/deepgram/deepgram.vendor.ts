import { speechVendor } from '../../speech-vendor.js';
import type { SpeechToText } from '../speech-to-text.js';
import { deepgramEnv } from './deepgram.env.js';

export const deepgram = speechVendor(deepgramEnv, async (env): Promise<SpeechToText> => {
  const { deepgramSpeechToText } = await import('./deepgram-speech-to-text.js');
  return deepgramSpeechToText({
    apiKey: env.DEEPGRAM_API_KEY,
    model: env.DEEPGRAM_MODEL,
    baseUrl: env.DEEPGRAM_BASE_URL,
  });
});
