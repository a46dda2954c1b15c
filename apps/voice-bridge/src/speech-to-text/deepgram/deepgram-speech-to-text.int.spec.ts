import { speechToTextContract } from '../../testing/speech-to-text-contract.js';
import { deepgramSpeechToText } from './deepgram-speech-to-text.js';

const make = (model: string) => (vendorsUrl: string) =>
  deepgramSpeechToText({
    apiKey: 'simulated',
    model,
    baseUrl: `${vendorsUrl.replace(/^http/, 'ws')}/deepgram`,
  });

speechToTextContract('Deepgram’s Flux', {
  vendor: 'deepgram',
  make: make('flux-general-en'),
  needsKeepalive: false,
});
speechToTextContract('Deepgram’s Nova', { vendor: 'deepgram', make: make('nova-3'), needsKeepalive: true });
