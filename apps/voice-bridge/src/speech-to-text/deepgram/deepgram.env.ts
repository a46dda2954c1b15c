import { urlVariable } from '@parley/service-kit/env';
import { z } from 'zod';

export const deepgramEnv = {
  DEEPGRAM_API_KEY: z.string().describe('the key of the speech recogniser, from console.deepgram.com'),
  /** `flux-…` is asked on /v2/listen, any other model on /v1/listen. */
  DEEPGRAM_MODEL: z.string().default('flux-general-en'),
  DEEPGRAM_BASE_URL: urlVariable('wss', 'ws').optional(),
};
