import { urlVariable } from '@parley/service-kit/env';
import { z } from 'zod';

export const elevenlabsEnv = {
  ELEVENLABS_API_KEY: z.string().describe('the key of the voice, from elevenlabs.io'),
  ELEVENLABS_VOICE_ID: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'must be letters and digits')
    .describe("the voice's id, from elevenlabs.io"),
  ELEVENLABS_MODEL: z.string().default('eleven_flash_v2_5'),
  ELEVENLABS_BASE_URL: urlVariable('https', 'http').optional(),
};
