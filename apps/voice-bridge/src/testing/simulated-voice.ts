import { simulatedSpeech } from '@parley/local-stack';
import { z } from 'zod';
import { voices } from '../speech-vendors.js';
import type { TextToSpeech } from '../text-to-speech/text-to-speech.js';

/** The default voice, played by the simulator. */
export async function simulatedVoice(vendorsUrl: string): Promise<TextToSpeech> {
  const [voice] = Object.values(voices);
  return voice!.create(z.object(voice!.settings).parse(simulatedSpeech(vendorsUrl)));
}
