import type { z } from 'zod';
import type { SpeechToText } from '../speech-to-text.js';
import { deepgramSpeechToText } from './deepgram-speech-to-text.js';
import type { deepgramEnv } from './deepgram.env.js';

export const createDeepgram = (env: z.output<z.ZodObject<typeof deepgramEnv>>): SpeechToText =>
  deepgramSpeechToText({
    apiKey: env.DEEPGRAM_API_KEY,
    model: env.DEEPGRAM_MODEL,
    baseUrl: env.DEEPGRAM_BASE_URL,
  });
