import type { z } from 'zod';
import type { recogniserSettings, voiceSettings } from './speech-settings.js';
import { createDeepgram } from './speech-to-text/deepgram/deepgram.vendor.js';
import type { SpeechToText } from './speech-to-text/speech-to-text.js';
import { createElevenLabs } from './text-to-speech/elevenlabs/elevenlabs.vendor.js';
import type { TextToSpeech } from './text-to-speech/text-to-speech.js';
import type { VoiceEnv } from './voice.env.js';

/** Maps each vendor of a port to the function that makes the vendor's adapter from its settings. */
type Vendors<Port, Settings extends Record<string, z.ZodRawShape>> = {
  readonly [Name in keyof Settings]: (env: z.output<z.ZodObject<Settings[Name]>>) => Port;
};

const recognisers: Vendors<SpeechToText, typeof recogniserSettings> = { deepgram: createDeepgram };
const voices: Vendors<TextToSpeech, typeof voiceSettings> = { elevenlabs: createElevenLabs };

/** @param env checked by `voiceEnvOf`, which also checks the settings of the chosen vendors */
export const recogniserOf = (env: Pick<VoiceEnv, 'STT_PROVIDER'>): SpeechToText =>
  recognisers[env.STT_PROVIDER](env as never);

export const voiceOf = (env: Pick<VoiceEnv, 'TTS_PROVIDER'>): TextToSpeech =>
  voices[env.TTS_PROVIDER](env as never);
