import { simulatedSpeechSettings } from '@parley/local-stack';
import { z } from 'zod';
import { voiceSettings } from '../speech-settings.js';
import { voiceOf } from '../speech-vendors.js';
import type { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** Returns the default voice, which the simulator plays. */
export function simulatedVoice(vendorsUrl: string): TextToSpeech {
  const [TTS_PROVIDER] = Object.keys(voiceSettings) as (keyof typeof voiceSettings)[];
  const settings: z.ZodRawShape = voiceSettings[TTS_PROVIDER!];
  return voiceOf({
    TTS_PROVIDER: TTS_PROVIDER!,
    ...z.object(settings).parse(simulatedSpeechSettings(vendorsUrl)),
  });
}
