import { AgentVoice, neutralVoice } from '@parley/contracts';
import { z } from 'zod';

/** An agent on the phone as the seed file may describe it; what it leaves out is as in `neutralVoice`, in its language. */
export const VoiceSettings = z
  .strictObject({
    ...AgentVoice.partial().shape,
    bargeIn: z.enum(['speech', 'words', 'off']).optional(),
  })
  .transform((given): AgentVoice => ({ ...neutralVoice(given.languages ?? ['en']), ...given }));
