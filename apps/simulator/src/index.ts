/** Parts of the simulator for the voice bench, which plays callers and vendors in its own process. */
export { alignmentsFor, timedCharacters } from './elevenlabs/alignment.js';
export { FluxRecogniser, type TurnInfo } from './deepgram/flux-recogniser.js';
export {
  FRAME_BYTES,
  FRAME_MS,
  type DecodedWord,
  SAMPLES_PER_MS,
  silentAudio,
  encodeSpeech,
  WordDecoder,
} from './speech/tone-modem.js';
export { signForm } from './twilio/signature.js';

export { MediaSocket } from './twilio/voice/media-socket.js';
