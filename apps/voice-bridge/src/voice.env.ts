import { baseEnv, portVariable, urlVariable, wholeNumberVariable } from '@parley/service-kit/env';
import { checkTwilioEnv, twilioEnv } from '@parley/twilio/env';
import { z } from 'zod';

const DEFAULT_PORT = 4001;
const DEFAULT_MAX_CALLS = 100;
/** Longer than a media token is valid. */
const DEFAULT_DRAIN_MS = 90_000;
const LONGEST_DRAIN_MS = 3_600_000;

/** Everything the voice bridge reads from its environment. */
export const VoiceEnv = z
  .object({
    ...baseEnv,
    ...twilioEnv,
    PORT: portVariable.default(DEFAULT_PORT),
    /** Where Twilio's media sockets reach us, if not at the public URL. */
    MEDIA_PUBLIC_URL: urlVariable('https', 'http', 'wss', 'ws').optional(),
    DEEPGRAM_API_KEY: z.string().describe('the key of the speech recogniser, from console.deepgram.com'),
    /** `flux-…` is asked on /v2/listen, any other model on /v1/listen. */
    DEEPGRAM_MODEL: z.string().default('flux-general-en'),
    DEEPGRAM_BASE_URL: urlVariable('wss', 'ws').optional(),
    ELEVENLABS_API_KEY: z.string().describe('the key of the voice, from elevenlabs.io'),
    ELEVENLABS_VOICE_ID: z
      .string()
      .regex(/^[A-Za-z0-9]+$/, 'must be letters and digits')
      .describe("the voice's id, from elevenlabs.io"),
    ELEVENLABS_MODEL: z.string().default('eleven_flash_v2_5'),
    ELEVENLABS_BASE_URL: urlVariable('https', 'http').optional(),
    /** Calls of this process at a time; one more is refused. */
    VOICE_MAX_CALLS: wholeNumberVariable(1, 2_000).default(DEFAULT_MAX_CALLS),
    /** How long it goes on at most after a signal to stop, for callers who were already on their way to it. */
    VOICE_DRAIN_MS: wholeNumberVariable(0, LONGEST_DRAIN_MS).default(DEFAULT_DRAIN_MS),
  })
  .check(checkTwilioEnv);
export type VoiceEnv = z.output<typeof VoiceEnv>;

/** Injects the checked environment. */
export const VOICE_ENV = Symbol('VoiceEnv');
