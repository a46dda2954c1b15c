import { deepgram } from './speech-to-text/deepgram/deepgram.vendor.js';
import type { SpeechToText } from './speech-to-text/speech-to-text.js';
import type { SpeechVendor } from './speech-vendor.js';
import { elevenlabs } from './text-to-speech/elevenlabs/elevenlabs.vendor.js';
import type { TextToSpeech } from './text-to-speech/text-to-speech.js';

/** The recognisers that `STT_PROVIDER` chooses from; the first is the default. */
export const recognisers = { deepgram } satisfies Record<string, SpeechVendor<SpeechToText>>;

/** The voices that `TTS_PROVIDER` chooses from; the first is the default. */
export const voices = { elevenlabs } satisfies Record<string, SpeechVendor<TextToSpeech>>;
