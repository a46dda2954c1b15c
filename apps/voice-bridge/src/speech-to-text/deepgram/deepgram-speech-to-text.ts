import type { SpeechToText } from '../speech-to-text.js';
import { DeepgramFlux } from './deepgram-flux.js';
import { DeepgramNova } from './deepgram-nova.js';
import { deepgramClient, type DeepgramOptions } from './deepgram-options.js';

/** Chooses the interface by the model: Flux has one of its own, all other models are on /v1/listen. */
export function deepgramSpeechToText(options: DeepgramOptions): SpeechToText {
  const client = deepgramClient(options);
  return options.model.startsWith('flux-')
    ? new DeepgramFlux(client, options)
    : new DeepgramNova(client, options);
}
