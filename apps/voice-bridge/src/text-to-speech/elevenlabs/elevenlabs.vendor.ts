import type { z } from 'zod';
import type { TextToSpeech } from '../text-to-speech.js';
import { ElevenLabsTextToSpeech } from './elevenlabs-text-to-speech.js';
import type { elevenlabsEnv } from './elevenlabs.env.js';

export const createElevenLabs = (env: z.output<z.ZodObject<typeof elevenlabsEnv>>): TextToSpeech =>
  new ElevenLabsTextToSpeech({
    apiKey: env.ELEVENLABS_API_KEY,
    model: env.ELEVENLABS_MODEL,
    voiceId: env.ELEVENLABS_VOICE_ID,
    baseUrl: env.ELEVENLABS_BASE_URL,
  });
