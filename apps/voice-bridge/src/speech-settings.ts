import { deepgramEnv } from './speech-to-text/deepgram/deepgram.env.js';
import { elevenlabsEnv } from './text-to-speech/elevenlabs/elevenlabs.env.js';

/** The settings of each recogniser that `STT_PROVIDER` may name; the first is the default. */
export const recogniserSettings = { deepgram: deepgramEnv };

/** The settings of each voice that `TTS_PROVIDER` may name; the first is the default. */
export const voiceSettings = { elevenlabs: elevenlabsEnv };
