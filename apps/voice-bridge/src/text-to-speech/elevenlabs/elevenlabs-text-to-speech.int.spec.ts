import { textToSpeechContract } from '../../testing/text-to-speech-contract.js';
import { ElevenLabsTextToSpeech } from './elevenlabs-text-to-speech.js';

textToSpeechContract('ElevenLabs’ multi-context socket', {
  vendor: 'elevenlabs',
  make: (vendorsUrl) =>
    new ElevenLabsTextToSpeech({
      apiKey: 'simulated',
      model: 'eleven_flash_v2_5',
      voiceId: 'simulated',
      baseUrl: `${vendorsUrl}/elevenlabs`,
    }),
});
