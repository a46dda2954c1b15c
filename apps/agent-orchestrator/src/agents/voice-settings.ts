import { AgentVoice, defaultVoiceSettings } from '@parley/contracts';
import { z } from 'zod';

/** An agent's voice settings in the agents file. `defaultVoiceSettings`, in the agent's language, supplies the missing ones. */
export const VoiceSettings = z
  .strictObject({
    ...AgentVoice.partial().shape,
    bargeIn: z.enum(['speech', 'words', 'off']).optional(),
  })
  .transform((given): AgentVoice => ({ ...defaultVoiceSettings(given.languages ?? ['en']), ...given }));
