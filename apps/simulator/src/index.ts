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
/** The vendors whose sockets the soak test checks. */
export { SPEECH_VENDOR_NAMES, type SpeechVendor } from './speech-vendors.js';
export { signForm } from './twilio/signature.js';

export { MediaSocket } from './twilio/voice/media-socket.js';
