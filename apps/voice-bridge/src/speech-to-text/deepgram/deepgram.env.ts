import { urlVariable } from '@parley/service-kit/env';
import { z } from 'zod';

export const deepgramEnv = {
  DEEPGRAM_API_KEY: z.string().describe('the key of the speech recogniser, from console.deepgram.com'),
  /** `flux-…` models are on /v2/listen, all other models on /v1/listen. */
  DEEPGRAM_MODEL: z.string().default('flux-general-en'),
  DEEPGRAM_BASE_URL: urlVariable('wss', 'ws').optional(),
};
